package peers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Flink at its best: one source for both topics, one function keyed by office with heap state, rows
 * of desks and partial sums of services and segments once a second, the latter merged by a second,
 * small function. No checkpoints: what it holds dies with it.
 */
public final class FlinkJob {
  private static final long TTL_MS = 7_200_000;
  private static final long MINUTE_MS = 60_000;

  /** A window's counts, whole or an addition. */
  public static final class Row {
    public int scope;
    public String key;
    public long minute;
    public long completions;
    public long votes;
    public long points;

    public Row() {}

    Row(int scope, String key, long minute, long[] counts) {
      this.scope = scope;
      this.key = key;
      this.minute = minute;
      completions = counts[0];
      votes = counts[1];
      points = counts[2];
    }
  }

  private static final class Parse implements KafkaRecordDeserializationSchema<Event> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Event> out) {
      Meter.add();
      out.collect(Event.parse(record.value(), record.topic().endsWith("votes")));
    }

    @Override
    public TypeInformation<Event> getProducedType() {
      return TypeInformation.of(Event.class);
    }
  }

  private static final class Keep implements Sink<Row> {
    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) {
      return new SinkWriter<>() {
        @Override
        public void write(Row row, Context about) {
          Meter.row(row.scope, row.key, row.minute, row.completions, row.votes, row.points);
        }

        @Override
        public void flush(boolean end) {}

        @Override
        public void close() {}
      };
    }
  }

  private static final class Count extends KeyedProcessFunction<String, Event, Row> {
    private transient MapState<String, Event> open;
    private transient MapState<String, Event> early;
    private transient MapState<Long, List<String>> expiring;
    private transient List<MapState<Long, Map<String, long[]>>> sums;
    private transient Map<String, Map<Long, Set<String>>> dirty;

    @Override
    public void open(OpenContext about) {
      var context = getRuntimeContext();
      var event = TypeInformation.of(Event.class);
      open = context.getMapState(new MapStateDescriptor<>("open", Types.STRING, event));
      early = context.getMapState(new MapStateDescriptor<>("early", Types.STRING, event));
      expiring =
          context.getMapState(
              new MapStateDescriptor<>("expiring", Types.LONG, Types.LIST(Types.STRING)));
      sums = new ArrayList<>();
      for (String scope : Meter.SCOPES) {
        var counts =
            Types.MAP(Types.STRING, PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO);
        sums.add(context.getMapState(new MapStateDescriptor<>(scope, Types.LONG, counts)));
      }
      dirty = new HashMap<>();
    }

    @Override
    public void processElement(Event event, Context context, Collector<Row> out) throws Exception {
      MapState<String, Event> others = event.vote ? open : early;
      Event other = others.get(event.interaction);
      if (other != null) {
        others.remove(event.interaction);
        Event completion = event.vote ? other : event;
        int points = event.vote ? event.points() : other.points();
        add(completion, event.vote ? 0 : 1, 1, points, context);
        return;
      }
      (event.vote ? early : open).put(event.interaction, event);
      expire(event, context);
      if (!event.vote) {
        add(event, 1, 0, 0, context);
      }
    }

    private void expire(Event event, Context context) throws Exception {
      long after = event.minute() + MINUTE_MS;
      List<String> interactions = expiring.get(after);
      if (interactions == null) {
        interactions = new ArrayList<>();
        expiring.put(after, interactions);
        context.timerService().registerEventTimeTimer(after + TTL_MS);
      }
      interactions.add(event.interaction);
    }

    private void add(Event place, int completions, int votes, int points, Context context)
        throws Exception {
      String[] keys = {place.desk, place.service, place.band};
      for (int scope = 0; scope < 3; scope++) {
        Map<String, long[]> counts = sums.get(scope).get(place.minute());
        if (counts == null) {
          counts = new HashMap<>();
          sums.get(scope).put(place.minute(), counts);
        }
        long[] own = counts.computeIfAbsent(keys[scope], key -> new long[3]);
        own[0] += completions;
        own[1] += votes;
        own[2] += points;
      }
      Map<Long, Set<String>> changed = dirty.get(context.getCurrentKey());
      if (changed == null) {
        changed = new HashMap<>();
        dirty.put(context.getCurrentKey(), changed);
        long now = context.timerService().currentProcessingTime();
        context.timerService().registerProcessingTimeTimer(now / 1_000 * 1_000 + 1_000);
      }
      changed.computeIfAbsent(place.minute(), minute -> new HashSet<>()).add(place.desk);
    }

    @Override
    public void onTimer(long at, OnTimerContext context, Collector<Row> out) throws Exception {
      flush(context.getCurrentKey(), out);
      if (context.timeDomain() == TimeDomain.EVENT_TIME) {
        List<String> interactions = expiring.get(at - TTL_MS);
        for (String interaction : interactions == null ? List.<String>of() : interactions) {
          open.remove(interaction);
          early.remove(interaction);
        }
        expiring.remove(at - TTL_MS);
        sums.get(0).remove(at - TTL_MS - 2 * MINUTE_MS);
      }
    }

    /** Rows of changed desks, and what was added to services and segments since. */
    private void flush(String office, Collector<Row> out) throws Exception {
      Map<Long, Set<String>> changed = dirty.remove(office);
      if (changed == null) {
        return;
      }
      for (Map.Entry<Long, Set<String>> minute : changed.entrySet()) {
        Map<String, long[]> counts = sums.get(0).get(minute.getKey());
        for (String desk : minute.getValue()) {
          out.collect(new Row(0, desk, minute.getKey(), counts.get(desk)));
        }
      }
      for (int scope = 1; scope < 3; scope++) {
        for (Map.Entry<Long, Map<String, long[]>> minute : sums.get(scope).entries()) {
          for (Map.Entry<String, long[]> own : minute.getValue().entrySet()) {
            out.collect(new Row(scope, own.getKey(), minute.getKey(), own.getValue()));
          }
        }
        sums.get(scope).clear();
      }
    }
  }

  private static final class Merge extends KeyedProcessFunction<String, Row, Row> {
    private transient MapState<Long, long[]> sums;

    @Override
    public void open(OpenContext about) {
      var counts = PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO;
      sums = getRuntimeContext().getMapState(new MapStateDescriptor<>("sums", Types.LONG, counts));
    }

    @Override
    public void processElement(Row row, Context context, Collector<Row> out) throws Exception {
      long[] counts = sums.get(row.minute);
      counts = counts == null ? new long[3] : counts;
      counts[0] += row.completions;
      counts[1] += row.votes;
      counts[2] += row.points;
      sums.put(row.minute, counts);
      out.collect(new Row(row.scope, row.key, row.minute, counts));
    }
  }

  public static void main(String[] arguments) throws Exception {
    String prefix = arguments[1];
    Configuration settings = new Configuration();
    settings.setString("state.backend.type", "hashmap");
    settings.setString("pipeline.object-reuse", "true");
    settings.setString("rest.port", "0");
    settings.setString("rest.bind-port", "0");
    settings.setString("io.tmp.dirs", arguments[3]);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(settings);
    environment.setParallelism(1);
    KafkaSource<Event> source =
        KafkaSource.<Event>builder()
            .setBootstrapServers(arguments[0])
            .setTopics(prefix + "completions", prefix + "votes")
            .setGroupId(prefix + ProcessHandle.current().pid())
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setDeserializer(new Parse())
            .build();
    WatermarkStrategy<Event> times =
        WatermarkStrategy.<Event>forBoundedOutOfOrderness(Duration.ofSeconds(5))
            .withTimestampAssigner((event, stamp) -> event.at);
    DataStream<Row> rows =
        environment
            .fromSource(source, times, "events")
            .keyBy(event -> event.office)
            .process(new Count());
    rows.filter(row -> row.scope == 0).sinkTo(new Keep());
    rows.filter(row -> row.scope != 0)
        .keyBy(row -> row.scope + row.key)
        .process(new Merge())
        .sinkTo(new Keep());
    environment.execute("peers");
    Meter.tell(arguments[3]);
    Runtime.getRuntime().halt(0);
  }
}
