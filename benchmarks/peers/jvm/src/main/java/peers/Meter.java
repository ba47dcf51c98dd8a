package peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Figures from the first record to the last, and the newest row of every window. */
final class Meter {
  static final String[] SCOPES = {"desk", "service", "segment"};
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final Map<Window, long[]> ROWS = new ConcurrentHashMap<>();
  private static long taken;
  private static long beganAt;
  private static long beganCpu;

  record Window(int scope, String key, long start) {}

  private Meter() {}

  /** Note one record; how many there were. */
  static long add() {
    if (taken == 0) {
      beganAt = System.nanoTime();
      beganCpu = SYSTEM.getProcessCpuTime();
    }
    return ++taken;
  }

  /** The newest counts of a window; {@code minute} in ms. */
  static void row(int scope, String key, long minute, long completions, long votes, long points) {
    ROWS.put(new Window(scope, key, minute / 1_000), new long[] {completions, votes, points});
  }

  /** Write the result. */
  static void tell(String folder) throws IOException {
    double seconds = (System.nanoTime() - beganAt) / 1e9;
    double cpuSeconds = (SYSTEM.getProcessCpuTime() - beganCpu) / 1e9;
    File file = new File(folder, "result.json");
    try (JsonGenerator json =
        new JsonFactory().createGenerator(file, com.fasterxml.jackson.core.JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeNumberField("events", taken);
      json.writeNumberField("seconds", seconds);
      json.writeNumberField("cpu_seconds", cpuSeconds);
      json.writeArrayFieldStart("rows");
      for (Map.Entry<Window, long[]> row : ROWS.entrySet()) {
        json.writeStartArray();
        json.writeString(SCOPES[row.getKey().scope()]);
        json.writeString(row.getKey().key());
        json.writeNumber(row.getKey().start());
        for (long count : row.getValue()) {
          json.writeNumber(count);
        }
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }
}
