// The JSON reader of model files, on good input and on every kind of bad input that comes to mind.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "io/json.h"
#include "model_support.h"

namespace {

using mdn::Code;
using mdn::JsonDocument;
using mdn::JsonValue;
using mdn::Status;
using model_support::times;

bool is_json(const std::string& text) {
  JsonDocument document;
  const Status status = document.parse(text);
  CHECK((status.ok() || status.code == Code::kBadFile));
  CHECK(status.ok() == document.root().exists());
  return status.ok();
}

double number(const std::string& text) {
  JsonDocument document;
  const Status status = document.parse(text);
  CHECK_MESSAGE(status.ok(), text << ": " << status.message);
  return document.root().number(NAN);
}

}  // namespace

TEST_CASE("JSON values are found by type, key and order") {
  JsonDocument document;
  const std::string text = R"( {"a": [1, "two", true, false, null, {"b": []}], "c": {"d": -2.5e1}, "": "empty"} )";
  REQUIRE(document.parse(text).ok());
  const JsonValue root = document.root();
  CHECK(root.is_object());
  CHECK(root.size() == 3);
  const JsonValue list = root["a"];
  CHECK(list.is_array());
  CHECK(list.size() == 6);
  JsonValue item = list.first();
  CHECK(item.index() == 1);
  CHECK((item = item.next()).string() == "two");
  CHECK((item = item.next()).is_true());
  CHECK((item = item.next()).type() == JsonValue::Type::kFalse);
  CHECK((item = item.next()).is_null());
  CHECK((item = item.next())["b"].is_array());
  CHECK_FALSE(item["b"].first().exists());
  CHECK_FALSE(item.next().exists());
  CHECK(root["c"]["d"].number() == -25);
  CHECK(root[""].string() == "empty");
  CHECK(root["a"].next().key() == "c");
  // What is missing, or of another type, chains to the caller's own default.
  CHECK_FALSE(root["x"]["y"].first().next()["z"].exists());
  CHECK(root["x"].number(7) == 7);
  CHECK(root["a"].number(8) == 8);
  CHECK(root["a"].string("none") == "none");
  CHECK(JsonValue().size() == 0);
  CHECK(JsonValue().key() == "");
}

TEST_CASE("JSON numbers: whole ones as indices") {
  const auto index = [](const char* text) {
    JsonDocument document;
    REQUIRE(document.parse(text).ok());
    return document.root().index(-7);
  };
  CHECK(index("0") == 0);
  CHECK(index("-0") == 0);
  CHECK(index("2147483647") == 2147483647);
  CHECK(index("1e3") == 1000);
  for (const char* text : {"2147483648", "-1", "1.5", "1e300", "\"1\"", "null", "[1]", "1e999"}) {
    CHECK(index(text) == -7);
  }
}

// Exact, as strtod rounds, up to 15 digits and ±22 in the exponent; else within 8 units of the last place, which covers
// one rounding for each factor of 10^22 (the largest number needs 14, but 1e22 is exact and errors partly cancel).
TEST_CASE("JSON numbers have the value that strtod gives them") {
  for (const char* text :
       {"0", "-0", "1", "-1", "0.1", "123456789012345", "1e22", "1e-22", "123.456e-7", "0.000001", "5e-1", "1E+2",
        "4.35", "2.2250738585072014", "1000000000000000000000e-18", "0.0000000000000000000001e22"}) {
    CHECK_MESSAGE(number(text) == std::strtod(text, nullptr), text);
  }
  CHECK(std::signbit(number("-0")));
  TestData data(40);
  for (int i = 0; i < 20000; ++i) {
    char text[64];
    const int digits = data.integer(0, 16);
    std::snprintf(text, sizeof text, "%.*e", digits,
                  static_cast<double>(data.number(1)) * std::exp2(data.integer(-900, 900)));
    const double expected = std::strtod(text, nullptr), got = number(text);
    CHECK_MESSAGE(std::fabs(got - expected) <= 8 * 0x1p-53 * std::fabs(expected), text << " gave " << got);
  }
  CHECK(number("1e400") == std::numeric_limits<double>::infinity());
  CHECK(number("-1e99999999999999999999") == -std::numeric_limits<double>::infinity());
  CHECK(number("1e-99999999999999999999") == 0);
  CHECK(number("0e99999999999999999999") == 0);
  CHECK(number("1" + times("0", 400) + "e-400") == doctest::Approx(1).epsilon(1e-14));
  CHECK(number("0." + times("0", 399) + "1e400") == doctest::Approx(1).epsilon(1e-14));
  CHECK(number("1." + times("3", 100000)) == doctest::Approx(4.0 / 3).epsilon(1e-15));
}

TEST_CASE("JSON strings: escapes, surrogate pairs, UTF-8") {
  const auto text = [](const std::string& json) {
    JsonDocument document;
    const Status status = document.parse(json);
    CHECK_MESSAGE(status.ok(), json);
    return std::string(document.root().string("?"));
  };
  CHECK(text(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(text(R"("\u0041\u00e9\u20AC\ud83d\ude00")") == "Aé€😀");
  CHECK(text(R"("\u0000x")") == std::string("\0x", 2));
  CHECK(text("\"é😀\"") == "é😀");
  CHECK(text(R"("\ud83dx")") == "\xEF\xBF\xBDx");  // half a pair becomes U+FFFD
  CHECK(text(R"("\ude00")") == "\xEF\xBF\xBD");
  for (const char* bad : {R"("\ud83d\u0041")", R"("\ud83d\ue000")", R"("\u12")", R"("\u12g4")", R"("\x41")", R"("\)",
                          R"("a)", "\"a\nb\"", "\"\x01\"", R"("\ud83d\u")", R"("\ud83d\)"}) {
    CHECK_MESSAGE(!is_json(bad), bad);
  }
}

TEST_CASE("what is not JSON is refused") {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "[",
                          "]",
                          "[1,]",
                          "[,1]",
                          "[1 2]",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{a:1}",
                          "{1:1}",
                          "{\"a\":1,}",
                          "{,}",
                          "{\"a\":1 \"b\":2}",
                          "tru",
                          "nul",
                          "Infinity",
                          "NaN",
                          "-",
                          "01",
                          "1.",
                          ".5",
                          "1e",
                          "1e+",
                          "+1",
                          "0x1",
                          "- 1",
                          "[1]]",
                          "1 2",
                          "'a'",
                          "[1}",
                          "{\"a\":1]",
                          "[\"a\":1]",
                          "\"a\":1",
                          "\xEF\xBB\xBF{}",
                          "/**/1",
                          "[1]\x01",
                          "truefalse",
                          "[truefalse]"}) {
    CHECK_MESSAGE(!is_json(bad), bad);
  }
  CHECK_FALSE(is_json(std::string("1\0", 2)));
  for (const char* good : {"1", "[]", "{}", "[[]]", "{\"a\":{}}", " [ 1 , 2 ] ", "null", "\"\"", "\t\r\n[1]\n"}) {
    CHECK_MESSAGE(is_json(good), good);
  }
}

TEST_CASE("every prefix of a JSON text is refused, and the message says where") {
  const std::string text = R"({"a":[1.5e3,-2,"\u00e9\\"],"b":{"c":true,"d":null,"e":false},"f":[[],{}]})";
  REQUIRE(is_json(text));
  for (std::size_t length = 0; length < text.size(); ++length) CHECK_FALSE(is_json(text.substr(0, length)));
  JsonDocument document;
  CHECK(document.parse("[1, x]").message == "JSON: expected a value at character 4 of 6");
}

TEST_CASE("keys that reach a prototype, and keys that stand twice, are refused in any spelling") {
  for (const char* key : {"__proto__", "constructor", "prototype", R"(\u005f_proto__)", R"(__pr\u006fto__)"}) {
    CHECK_FALSE(is_json("{\"" + std::string(key) + "\":1}"));
    CHECK_FALSE(is_json("[{\"a\":{\"" + std::string(key) + "\":1}}]"));
    CHECK(is_json("[\"" + std::string(key) + "\"]"));
  }
  for (const char* twice : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", R"({"b":{"a":1,"c":0,"a":2}})",
                            R"({"":1,"":2})", R"({"x":1,"y":{"x":1},"x":{}})"}) {
    CHECK_MESSAGE(!is_json(twice), twice);
  }
  CHECK(is_json(R"({"a":{"a":{"a":1}},"b":{"a":1}})"));
}

TEST_CASE("nesting is capped at 32 levels, however deep it goes") {
  CHECK(is_json(times("[", 32) + times("]", 32)));
  CHECK(is_json(times("{\"a\":", 32) + "1" + times("}", 32)));
  for (const int depth : {33, 100, 1000000}) {
    CHECK_FALSE(is_json(times("[", depth) + times("]", depth)));
    CHECK_FALSE(is_json(times("{\"a\":", depth) + "1" + times("}", depth)));
    CHECK_FALSE(is_json(times("[", depth)));
  }
}

// Comparing every key with every other would take minutes here.
TEST_CASE("objects of many members take time in proportion to their size") {
  std::string members;
  for (int i = 0; i < 100000; ++i) members += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  CHECK(is_json("{" + members + "}"));
  CHECK_FALSE(is_json("{" + members + ",\"7\":0}"));
}
