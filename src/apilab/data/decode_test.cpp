#include "apilab/data/decode.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace apilab::data {
namespace {

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)

struct Person {
    std::string login;
    std::int64_t id = 0;
    bool operator==(const Person&) const = default;
};
BOOST_DESCRIBE_STRUCT(Person, (), (login, id))

struct Everything {
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint16_t small = 0;
    std::int32_t middle = 0;
    std::int64_t large = 0;
    std::uint64_t largest = 0;
    double share = 0;
    std::string text;
    SystemTime made;
    Decimal price;
    Open<State> state;
    State strict_state = State::open;
    std::optional<std::string> note;
    Nullable<std::string> body;
    Field<std::int32_t> field;
    std::vector<std::string> labels;
    std::map<std::string, std::int32_t> sizes;
    Person owner;
    std::optional<Person> editor;
    RawJson raw;
    UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, tiny, small, middle, large, largest, share, text, made, price, state,
                       strict_state, note, body, field, labels, sizes, owner, editor, raw, unknown))

constexpr std::string_view everything = R"({
    "flag": true, "tiny": -128, "small": 65535, "middle": -2147483648,
    "large": -9223372036854775808, "largest": 18446744073709551615, "share": 0.5, "text": "a\u00e4",
    "made": "2026-11-22T10:00:00.5+01:00", "price": 0.10, "state": "closed",
    "strict_state": "closed", "note": null, "body": null, "field": 7, "labels": ["x", "y"],
    "sizes": {"s": 1, "": 2}, "owner": {"login": "ada", "id": 9007199254740993},
    "editor": {"id": 2, "login": "bob"}, "raw": {"a": [1.50, "b"]}})";

template <class T>
Decoded<T> good(std::string_view text, const DecodeOptions& options = {}) {
    auto decoded = decode<T>(text, options);
    EXPECT_TRUE(decoded) << decoded.error().to_string();
    return decoded ? *std::move(decoded) : Decoded<T>{};
}

TEST(Decode, every_type_of_member_is_read) {
    const auto [value, drift] = good<Everything>(everything);
    EXPECT_TRUE(drift.none()) << drift.entries.front().to_string();
    EXPECT_TRUE(value.flag);
    EXPECT_EQ(value.tiny, -128);
    EXPECT_EQ(value.small, 65535);
    EXPECT_EQ(value.middle, std::numeric_limits<std::int32_t>::min());
    EXPECT_EQ(value.large, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(value.largest, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(value.share, 0.5);
    EXPECT_EQ(value.text, "a\xC3\xA4");
    EXPECT_EQ(value.made, *http::parse_iso_time("2026-11-22T09:00:00.5Z"));
    EXPECT_EQ(value.price.text(), "0.10");
    EXPECT_EQ(value.state, State::closed);
    EXPECT_EQ(value.strict_state, State::closed);
    EXPECT_FALSE(value.note);
    EXPECT_FALSE(value.body);
    EXPECT_EQ(*value.field, 7);
    EXPECT_EQ(value.labels, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(value.sizes, (std::map<std::string, std::int32_t>{{"", 2}, {"s", 1}}));
    EXPECT_EQ(value.owner, (Person{.login = "ada", .id = 9007199254740993}));
    EXPECT_EQ(value.editor, (Person{.login = "bob", .id = 2}));
    EXPECT_EQ(value.raw.text, R"({"a":[1.50,"b"]})");
    EXPECT_TRUE(value.unknown.empty());
}

TEST(Decode, a_list_and_a_map_can_be_the_root) {
    EXPECT_EQ(good<std::vector<bool>>("[true,false]").value, (std::vector<bool>{true, false}));
    EXPECT_EQ((good<std::map<std::string, std::vector<int>>>(R"({"a":[1]})").value.at("a")),
              std::vector<int>{1});
}

TEST(Decode, a_field_tells_absent_from_null) {
    const auto of = [](std::string_view text) {
        return good<std::map<std::string, Field<int>>>(text).value;
    };
    EXPECT_TRUE(of(R"({"a":null})").at("a").is_null());
    EXPECT_TRUE(of(R"({"a":1})").at("a").has_value());
    EXPECT_TRUE(Field<int>().absent());
}

TEST(Decode, absent_is_drift_for_a_nullable_and_none_for_an_optional) {
    auto decoded = good<Everything>("{}");
    EXPECT_EQ(decoded.drift.count(DriftKind::missing), 17U);
    for (const auto& entry : decoded.drift.entries) {
        EXPECT_NE(entry.pointer, "/note");
        EXPECT_NE(entry.pointer, "/field");
        EXPECT_NE(entry.pointer, "/editor");
        EXPECT_EQ(entry.expected == "a value", entry.pointer == "/raw") << entry.pointer;
    }
}

struct Row {
    std::string_view member;
    std::string_view json;
    DriftKind kind;
    std::string_view message;
};

TEST(Decode, each_drift_names_its_place_what_was_expected_and_what_was_found) {
    using enum DriftKind;
    const std::vector<Row> rows{
        {"flag", "1", wrong_type, "/flag: an integer, expected true or false"},
        {"flag", "null", null, "/flag: null, expected true or false"},
        {"tiny", "128", out_of_range, "/tiny: an integer, expected an integer of 8 bits"},
        {"tiny", "1.0", wrong_type,
         "/tiny: a number with a fraction or exponent, expected an integer of 8 bits"},
        {"small", "-1", out_of_range,
         "/small: an integer, expected an integer of 16 bits without a sign"},
        {"large", "9223372036854775808", out_of_range,
         "/large: an integer, expected an integer of 64 bits"},
        {"largest", "-1", out_of_range,
         "/largest: an integer, expected an integer of 64 bits without a sign"},
        {"large", "9.007199254740993e15", wrong_type,
         "/large: a number with a fraction or exponent, expected an integer of 64 bits"},
        {"large", "\"12\"", wrong_type, "/large: a string, expected an integer of 64 bits"},
        {"share", "\"0.5\"", wrong_type, "/share: a string, expected a number"},
        {"text", "[]", wrong_type, "/text: a list, expected a string"},
        {"made", "\"yesterday\"", invalid_time, "/made: \"yesterday\", expected a time (RFC 3339)"},
        {"made", "1700000000", wrong_type, "/made: an integer, expected a time (RFC 3339)"},
        {"price", "\"1,50\"", wrong_type, "/price: a string, expected a decimal number"},
        {"state", "\"merged\"", unknown_enum, "/state: \"merged\", expected one of open, closed"},
        {"state", "1", wrong_type, "/state: an integer, expected one of open, closed"},
        {"strict_state", "\"merged\"", unknown_enum,
         "/strict_state: \"merged\", expected one of open, closed"},
        {"note", "5", wrong_type, "/note: an integer, expected a string"},
        {"field", "\"5\"", wrong_type, "/field: a string, expected an integer of 32 bits"},
        {"labels", "{}", wrong_type, "/labels: an object, expected a list"},
        {"labels", "[\"a\",5]", wrong_type, "/labels/1: an integer, expected a string"},
        {"sizes", "[]", wrong_type, "/sizes: a list, expected an object"},
        {"sizes", R"({"a/b~c": "1"})", wrong_type,
         "/sizes/a~1b~0c: a string, expected an integer of 32 bits"},
        {"owner", "\"ada\"", wrong_type, "/owner: a string, expected an object"},
        {"owner", "{\"id\": 1}", missing, "/owner/login: missing, expected a string"},
        {"editor", R"({"id": 1, "login": null})", null, "/editor/login: null, expected a string"},
        {"brand_new", "[1]", new_field, "/brand_new: a new member, a list"},
    };
    for (const Row& row : rows) {
        const auto text = R"({")" + std::string(row.member) + R"(":)" + std::string(row.json) + "}";
        const auto [value, drift] = good<Everything>(text);
        const auto found = std::ranges::find_if(drift.entries, [&](const Drift& entry) {
            return entry.pointer.starts_with("/" + std::string(row.member));
        });
        ASSERT_NE(found, drift.entries.end()) << text;
        EXPECT_EQ(found->kind, row.kind) << text << to_string(found->kind);
        EXPECT_EQ(found->to_string(), row.message) << text;
    }
}

TEST(Decode, a_strict_call_fails_with_the_words_of_the_report) {
    std::string text(everything);
    text.replace(text.size() - 1, 1, R"(,"brand_new":[1]})");
    const auto failed = decode<Everything>(text, {.on_drift = OnDrift::strict});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message(), good<Everything>(text).drift.entries.at(0).to_string());
}

TEST(Decode, strict_fails_at_the_first_drift_with_its_pointer) {
    const auto failed = decode<std::vector<Person>>(R"([{"login":"a","id":1},{"login":2,"id":1}])",
                                                    {.on_drift = OnDrift::strict});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind(), ErrorKind::decode);
    EXPECT_EQ(failed.error().message(), "/1/login: an integer, expected a string");
    EXPECT_EQ(failed.error().detail(), "/1/login");
    EXPECT_TRUE(good<Everything>(everything, {.on_drift = OnDrift::strict}).drift.none());
}

TEST(Decode, of_a_member_that_is_there_twice_the_first_counts) {
    constexpr std::string_view twice = R"({"login":"a","id":1,"login":"b"})";
    const auto [value, drift] = good<Person>(twice);
    EXPECT_EQ(value.login, "a");
    EXPECT_EQ(drift.count(DriftKind::duplicate_key), 1U);
    EXPECT_EQ(drift.entries.at(0).to_string(), "/login: a second member of this name");
    EXPECT_FALSE(decode<Person>(twice, {.on_drift = OnDrift::strict}));
    const auto map = good<std::map<std::string, int>>(R"({"a":1,"a":2})");
    EXPECT_EQ(map.value.at("a"), 1);
    EXPECT_EQ(map.drift.count(DriftKind::duplicate_key), 1U);
}

TEST(Decode, a_root_of_another_type_is_an_error_under_every_policy) {
    for (const auto policy :
         {OnDrift::strict, OnDrift::tolerant, OnDrift::discard_item, OnDrift::discard_value}) {
        const auto failed =
            decode<std::vector<Person>>(R"({"message":"Not Found"})", {.on_drift = policy});
        ASSERT_FALSE(failed) << to_string(policy);
        EXPECT_EQ(failed.error().message(), "the document: an object, expected a list");
        EXPECT_FALSE(decode<Person>("null", {.on_drift = policy}));
    }
}

TEST(Decode, the_same_drift_in_many_items_is_one_entry_that_counts) {
    std::string text = "[";
    for (int i = 0; i < 50; ++i) {
        text += R"({"login":null,"id":1,"extra":0},)";
    }
    text.back() = ']';
    const auto [value, drift] = good<std::vector<Person>>(text);
    ASSERT_EQ(drift.entries.size(), 2U);
    EXPECT_EQ(drift.entries[0].pointer, "/0/login");
    EXPECT_EQ(drift.entries[0].pattern, "/*/login");
    EXPECT_EQ(drift.entries[0].times, 50U);
    EXPECT_EQ(drift.total(), 100U);
}

TEST(Decode, beyond_the_limit_of_entries_drift_is_counted_only) {
    std::string text = "{";
    for (int i = 0; i < 20; ++i) {
        text += "\"n" + std::to_string(i) + "\":0,";
    }
    text.back() = '}';
    const auto [value, drift] = good<Person>(text, {.drift_entries_max = 5});
    EXPECT_EQ(drift.entries.size(), 5U);
    EXPECT_EQ(drift.count(DriftKind::new_field), 20U);
}

TEST(Decode, limits_are_errors_that_name_the_place) {
    const auto many = decode<std::vector<int>>("[1,2,3,4]", {.items_max = 3});
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(many.error().detail(), "/3");
    EXPECT_FALSE((decode<std::map<std::string, int>>(R"({"a":1,"b":2})", {.items_max = 1})));
    const auto kept = decode<Everything>(R"({"x":"0123456789"})", {.kept_bytes_max = 10});
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(kept.error().detail(), "/x");
    EXPECT_EQ(decode<std::vector<int>>("[1]", {.json = {.size_max = 2}}).error().kind(),
              ErrorKind::too_large);
}

TEST(Decode, what_is_no_json_is_refused) {
    const std::string deep(100'000, '[');
    for (const std::string& text :
         {std::string(), std::string("{"), deep, deep + std::string(100'000, ']'),
          std::string("[1e400]"), std::string("[18446744073709551616]"), std::string("[\"\xFF\"]"),
          std::string("[\"\\ud800\"]"), std::string("[1] x")}) {
        EXPECT_FALSE(decode<std::vector<RawJson>>(text)) << text.substr(0, 40);
    }
    EXPECT_EQ(good<std::vector<int>>("\xEF\xBB\xBF[1]").value.size(), 1U) << "a byte order mark";
}

TEST(Decode, what_it_found_is_short_and_clean_in_messages) {
    const auto [value, drift] =
        good<Everything>(R"({"state":"a\n)" + std::string(100, 'x') + R"("})");
    const auto& entry = drift.entries.at(0);
    EXPECT_EQ(entry.found, "\"a?" + std::string(38, 'x') + "...\"");
    EXPECT_EQ(value.state.unknown_text().size(), 102U);
    const auto key = good<Person>("{\"" + std::string(5000, 'k') + "\":1}");
    EXPECT_LT(key.drift.entries.at(0).pointer.size(), 60U);
}

struct Camel {
    std::string html_url;
    bool default_ = false;
    int kind = 0;
};
BOOST_DESCRIBE_STRUCT(Camel, (), (html_url, default_, kind))

struct Base {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(Base, (), (id))
struct Derived : Base {
    int size = 0;
};
BOOST_DESCRIBE_STRUCT(Derived, (Base), (size))

struct Part {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(Part, (), (id))

}  // namespace

template <>
struct Model<Camel> {
    static constexpr auto naming = Naming::camel_case;
    static constexpr std::array renames{Rename{"kind", "@type"}};
    static constexpr std::array<std::string_view, 1> ignored{"_links"};
};
template <>
struct Model<Part> {
    static constexpr bool partial = true;
};

namespace {

TEST(Decode, names_follow_the_model) {
    const auto [value, drift] =
        good<Camel>(R"({"htmlUrl":"u","default":true,"@type":3,"_links":{},"kind":1})");
    EXPECT_EQ(value.html_url, "u");
    EXPECT_TRUE(value.default_);
    EXPECT_EQ(value.kind, 3);
    ASSERT_EQ(drift.entries.size(), 1U) << "ignored members are no drift, others are";
    EXPECT_EQ(drift.entries[0].pointer, "/kind");
}

TEST(Decode, a_partial_model_knows_no_new_members) {
    EXPECT_TRUE(good<Part>(R"({"id":1,"more":2})", {.on_drift = OnDrift::strict}).drift.none());
}

TEST(Decode, members_of_described_bases_are_members) {
    const auto value = good<Derived>(R"({"size":2,"id":1})").value;
    EXPECT_EQ(value.id, 1);
    EXPECT_EQ(value.size, 2);
}

struct Tree {
    std::string name;
    std::vector<Tree> children;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (name, children))

TEST(Decode, a_type_can_hold_itself) {
    const auto value = good<Tree>(R"({"name":"a","children":[{"name":"b","children":[]}]})").value;
    EXPECT_EQ(value.children.at(0).name, "b");
}

struct Color {
    int rgb = 0;
};

}  // namespace

template <>
struct ValueDecoder<Color> {
    static constexpr std::string_view expected = "a colour such as #ff8800";
    static bool decode(http::Json value, Color& out) {
        out.rgb = static_cast<int>(value.string_or("").size());
        return value.string_or("").starts_with('#');
    }
};

namespace {

TEST(Decode, a_type_of_ones_own_has_a_decoder_of_ones_own) {
    EXPECT_EQ(good<std::vector<Color>>(R"(["#ff8800"])").value.at(0).rgb, 7);
    const auto bad = good<std::vector<Color>>(R"(["red"])");
    EXPECT_EQ(bad.drift.entries.at(0).to_string(),
              "/0: a string, expected a colour such as #ff8800");
}

}  // namespace
}  // namespace apilab::data
