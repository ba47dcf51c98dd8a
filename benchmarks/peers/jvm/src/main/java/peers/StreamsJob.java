package peers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Kafka Streams at its best: one processor of the Processor API on both topics, in-memory stores,
 * no changelog, changed rows once a second. What it holds dies with it.
 */
public final class StreamsJob {
  private static final long TTL_MS = 7_200_000;
  private static final Serde<Place> PLACES =
      Serdes.serdeFrom((topic, place) -> place.bytes(), (topic, bytes) -> Place.of(bytes));
  private static final Serde<long[]> COUNTS =
      Serdes.serdeFrom(
          (topic, counts) ->
              ByteBuffer.allocate(24).putLong(counts[0]).putLong(counts[1]).putLong(counts[2]).array(),
          (topic, bytes) -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new long[] {buffer.getLong(), buffer.getLong(), buffer.getLong()};
          });

  /** Where an interaction counts. */
  private record Place(long minute, String[] keys) {
    byte[] bytes() {
      ByteBuffer buffer = ByteBuffer.allocate(256).putLong(minute);
      for (String key : keys) {
        byte[] text = key.getBytes(StandardCharsets.UTF_8);
        buffer.put((byte) text.length).put(text);
      }
      byte[] whole = new byte[buffer.position()];
      buffer.flip().get(whole);
      return whole;
    }

    static Place of(byte[] bytes) {
      if (bytes == null) {
        return null;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long minute = buffer.getLong();
      String[] keys = new String[3];
      for (int scope = 0; scope < 3; scope++) {
        int length = buffer.get();
        keys[scope] = new String(bytes, buffer.position(), length, StandardCharsets.UTF_8);
        buffer.position(buffer.position() + length);
      }
      return new Place(minute, keys);
    }
  }

  private record Open(long at, String interaction) {}

  private record Dirty(int scope, String key, long minute) {}

  private static final class Count implements Processor<String, Event, Void, Void> {
    private final long events;
    private final CountDownLatch over;
    private final ArrayDeque<Open> oldest = new ArrayDeque<>();
    private final Set<Dirty> dirty = new HashSet<>();
    private KeyValueStore<String, Place> open;
    private KeyValueStore<String, Integer> early;
    private WindowStore<String, long[]>[] windows;
    private int waiting;

    Count(long events, CountDownLatch over) {
      this.events = events;
      this.over = over;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void init(ProcessorContext<Void, Void> context) {
      open = context.getStateStore("open");
      early = context.getStateStore("early");
      windows = new WindowStore[3];
      for (int scope = 0; scope < 3; scope++) {
        windows[scope] = context.getStateStore(Meter.SCOPES[scope]);
      }
      context.schedule(Duration.ofSeconds(1), PunctuationType.WALL_CLOCK_TIME, now -> flush());
    }

    @Override
    public void process(Record<String, Event> record) {
      long taken = Meter.add();
      Event event = record.value();
      if (event.vote) {
        rate(event);
      } else {
        complete(event);
      }
      if (taken == events) {
        flush();
        over.countDown();
      }
    }

    private void complete(Event event) {
      String[] keys = {event.desk, event.service, event.band};
      Place place = new Place(event.minute(), keys);
      Integer points = waiting > 0 ? early.delete(event.interaction) : null;
      if (points != null) {
        waiting--;
        add(place, 1, 1, points);
        return;
      }
      open.put(event.interaction, place);
      oldest.add(new Open(event.at, event.interaction));
      add(place, 1, 0, 0);
      while (oldest.peek().at < event.at - TTL_MS) {
        open.delete(oldest.poll().interaction);
      }
    }

    private void rate(Event event) {
      Place place = open.delete(event.interaction);
      if (place == null) {
        early.put(event.interaction, event.points());
        waiting++;
      } else {
        add(place, 0, 1, event.points());
      }
    }

    private void add(Place place, int completions, int votes, int points) {
      for (int scope = 0; scope < 3; scope++) {
        String key = place.keys[scope];
        long[] counts = windows[scope].fetch(key, place.minute);
        counts = counts == null ? new long[3] : counts;
        counts[0] += completions;
        counts[1] += votes;
        counts[2] += points;
        windows[scope].put(key, counts, place.minute);
        dirty.add(new Dirty(scope, key, place.minute));
      }
    }

    private void flush() {
      for (Dirty one : dirty) {
        long[] counts = windows[one.scope].fetch(one.key, one.minute);
        Meter.row(one.scope, one.key, one.minute, counts[0], counts[1], counts[2]);
      }
      dirty.clear();
    }
  }

  private static Topology topology(String prefix, long events, CountDownLatch over) {
    Topology topology = new Topology();
    for (String topic : new String[] {"completions", "votes"}) {
      boolean vote = topic.equals("votes");
      topology.addSource(
          topic,
          Serdes.String().deserializer(),
          (name, bytes) -> Event.parse(bytes, vote),
          prefix + topic);
    }
    topology.addProcessor("count", () -> new Count(events, over), "completions", "votes");
    for (String scope : Meter.SCOPES) {
      var supplier =
          Stores.inMemoryWindowStore(scope, Duration.ofHours(3), Duration.ofMinutes(1), false);
      var store = Stores.windowStoreBuilder(supplier, Serdes.String(), COUNTS);
      topology.addStateStore(store.withLoggingDisabled().withCachingDisabled(), "count");
    }
    var open = Stores.inMemoryKeyValueStore("open");
    var early = Stores.inMemoryKeyValueStore("early");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(open, Serdes.String(), PLACES).withLoggingDisabled(), "count");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(early, Serdes.String(), Serdes.Integer()).withLoggingDisabled(),
        "count");
    return topology;
  }

  public static void main(String[] arguments) throws Exception {
    String prefix = arguments[1];
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    settings.put("application.id", prefix + ProcessHandle.current().pid());
    settings.put("state.dir", arguments[3] + "/state");
    settings.put("num.stream.threads", "1");
    settings.put("auto.offset.reset", "earliest");
    CountDownLatch over = new CountDownLatch(1);
    long events = Long.parseLong(arguments[2]);
    KafkaStreams streams = new KafkaStreams(topology(prefix, events, over), settings);
    streams.start();
    over.await();
    Meter.tell(arguments[3]);
    Runtime.getRuntime().halt(0);
  }
}
