package peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDate;

/** Of a completion or a vote, what the job needs, parsed as a stream without data binding. */
public final class Event {
  private static final JsonFactory FACTORY = new JsonFactory();

  public boolean vote;
  public String office;
  public String interaction;
  public String desk;
  public String service;
  public String band;
  public int score;
  /** When it was completed or voted, in ms since 1970. */
  public long at;

  public Event() {}

  public long minute() {
    return at / 60_000 * 60_000;
  }

  public int points() {
    return (score - 1) * 2_500;
  }

  static Event parse(byte[] json, boolean vote) {
    Event event = new Event();
    event.vote = vote;
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        event.take(parser.currentName(), parser, parser.nextToken());
      }
      return event;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private void take(String name, JsonParser parser, JsonToken token) throws IOException {
    switch (name) {
      case "office_id" -> office = parser.getText();
      case "interaction_id" -> interaction = parser.getText();
      case "desk_id" -> desk = parser.getText();
      case "service_id" -> service = parser.getText();
      case "score" -> score = parser.getIntValue();
      case "completed_at", "voted_at" ->
          at = millis(parser.getTextCharacters(), parser.getTextOffset());
      case "segments" -> {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          boolean wanted = parser.currentName().equals("age_band");
          parser.nextToken();
          if (wanted) {
            band = parser.getText();
          }
        }
      }
      default -> {
        if (token.isStructStart()) {
          parser.skipChildren();
        }
      }
    }
  }

  private static int lastYear, lastMonth, lastDay;
  private static long lastEpochDay = -1;

  /** Of a time such as 2026-01-05T09:00:00.010Z; the day is remembered. */
  private static synchronized long millis(char[] text, int from) {
    int year = 100 * two(text, from) + two(text, from + 2);
    int month = two(text, from + 5);
    int day = two(text, from + 8);
    if (lastEpochDay < 0 || day != lastDay || month != lastMonth || year != lastYear) {
      lastYear = year;
      lastMonth = month;
      lastDay = day;
      lastEpochDay = LocalDate.of(year, month, day).toEpochDay();
    }
    long minutes = lastEpochDay * 1_440 + 60 * two(text, from + 11) + two(text, from + 14);
    int fraction = 100 * (text[from + 20] - '0') + two(text, from + 21);
    return (minutes * 60 + two(text, from + 17)) * 1_000 + fraction;
  }

  private static int two(char[] text, int from) {
    return 10 * (text[from] - '0') + text[from + 1] - '0';
  }
}
