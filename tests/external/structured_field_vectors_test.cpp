// Every record of the HTTP working group's structured field vectors (APILAB_DATA/standards/
// structured-fields): those that are parsed, and those that are only written.
//
// Out of scope, by rule: nothing. A record that may fail (`can_fail`) may: where it is read all the
// same, it must be read as it says.

#include <gtest/gtest.h>

#include <string>

#include "apilab/base/try.hpp"
#include "apilab/http/structured_fields.hpp"
#include "external_data.hpp"

namespace apilab::http::structured {
namespace {

using external::files_in;
using external::json_of;

// The vectors write bytes in base32 (RFC 4648 section 6).
std::string base32_decode(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string bytes;
    unsigned bits = 0;
    int count = 0;
    for (const char c : text.substr(0, text.find('='))) {
        bits = (bits << 5U) | static_cast<unsigned>(alphabet.find(c));
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
        }
    }
    return bytes;
}

Result<BareItem> value_of(const Json& json) {
    const auto value = json["value"];
    const auto type = json["__type"].string_or("");
    const std::string text(value.string_or(""));
    if (json.is_object()) {
        if (type == "token") {
            return Token{text};
        }
        if (type == "binary") {
            return Bytes{base32_decode(text)};
        }
        if (type == "displaystring") {
            return DisplayString{text};
        }
        EXPECT_EQ(type, "date");
        return Date{value.integer().value_or(0)};
    }
    if (json.is_string()) {
        return std::string(json.string_or(""));
    }
    if (const auto flag = json.boolean()) {
        return *flag;
    }
    if (const auto integer = json.integer()) {
        return *integer;
    }
    const auto decimal = Decimal::nearest(json.number().value_or(0));
    return decimal ? Result<BareItem>(*decimal)
                   : fail(ErrorKind::invalid_argument, "no decimal holds " + json.to_text());
}

Result<Parameters> params_of(const Json& json) {
    Parameters params;
    for (const auto pair : json.elements()) {
        APILAB_TRY(auto value, value_of(pair.at_pointer("/1")));
        params.emplace_back(pair.at_pointer("/0").string_or("?"), std::move(value));
    }
    return params;
}

Result<Item> item_of(const Json& json) {
    APILAB_TRY(auto value, value_of(json.at_pointer("/0")));
    APILAB_TRY(auto params, params_of(json.at_pointer("/1")));
    return Item{std::move(value), std::move(params)};
}

Result<Member> member_of(const Json& json) {
    if (!json.at_pointer("/0").is_array()) {
        APILAB_TRY(auto item, item_of(json));
        return Member(std::move(item));
    }
    InnerList list;
    for (const auto item : json.at_pointer("/0").elements()) {
        APILAB_TRY(auto found, item_of(item));
        list.items.push_back(std::move(found));
    }
    APILAB_TRY(list.params, params_of(json.at_pointer("/1")));
    return Member(std::move(list));
}

// One record's type, with the value it is about, the way to read it and the way to write it.
struct ItemKind {
    static Result<Item> read(std::string_view text) { return parse_item(text); }
    static Result<Item> value(const Json& json) { return item_of(json); }
};
struct ListKind {
    static Result<List> read(std::string_view text) { return parse_list(text); }
    static Result<List> value(const Json& json) {
        List list;
        for (const auto member : json.elements()) {
            APILAB_TRY(auto found, member_of(member));
            list.push_back(std::move(found));
        }
        return list;
    }
};
struct DictionaryKind {
    static Result<Dictionary> read(std::string_view text) { return parse_dictionary(text); }
    static Result<Dictionary> value(const Json& json) {
        Dictionary dictionary;
        for (const auto pair : json.elements()) {
            APILAB_TRY(auto found, member_of(pair.at_pointer("/1")));
            dictionary.emplace_back(pair.at_pointer("/0").string_or("?"), std::move(found));
        }
        return dictionary;
    }
};

/// The lines of a field as one; nothing where the record has no such lines.
std::optional<std::string> joined(const Json& lines) {
    Headers headers;
    for (const auto line : lines.elements()) {
        headers.add("x", std::string(line.string_or("")));
    }
    return lines.is_array() ? std::optional(combined(headers, "x").value_or("")) : std::nullopt;
}

struct Tally {
    int read = 0;
    int refused = 0;
    int written = 0;
    int not_written = 0;
};

template <class Kind>
void check_reading(const Json& row, Tally& tally) {
    const auto text = joined(row["raw"]).value_or("");
    const auto found = Kind::read(text);
    const bool may_fail = row["can_fail"].boolean().value_or(false);
    if (row["must_fail"].boolean().value_or(false)) {
        EXPECT_FALSE(found.has_value()) << row.to_text();
        ++tally.refused;
        return;
    }
    ++tally.read;
    if (!found) {
        EXPECT_TRUE(may_fail) << row.to_text() << ": " << found.error().to_string();
        return;
    }
    const auto expected = Kind::value(row["expected"]);
    ASSERT_TRUE(expected.has_value()) << row.to_text();
    EXPECT_EQ(*found, *expected) << row.to_text();
    // What was read is written as the record says, which is as it stood there where it says
    // nothing.
    const auto canonical = joined(row["canonical"]).value_or(text);
    const auto written = serialize(*found);
    ASSERT_TRUE(written.has_value()) << row.to_text();
    EXPECT_EQ(*written, canonical) << row.to_text();
    ++tally.written;
}

template <class Kind>
void check_writing(const Json& row, Tally& tally) {
    const auto value = Kind::value(row["expected"]);
    const auto text = value ? serialize(*value) : fail(value.error());
    if (row["must_fail"].boolean().value_or(false)) {
        EXPECT_FALSE(text.has_value()) << row.to_text();
        ++tally.not_written;
        return;
    }
    ASSERT_TRUE(text.has_value()) << row.to_text() << ": " << text.error().to_string();
    EXPECT_EQ(*text, joined(row["canonical"])) << row.to_text();
    ++tally.written;
}

template <class Kind>
void check(const Json& row, Tally& tally) {
    if (row["raw"].is_array()) {
        check_reading<Kind>(row, tally);
    } else {
        check_writing<Kind>(row, tally);
    }
}

Tally check_folder(const std::vector<std::filesystem::path>& files) {
    Tally tally;
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const auto row : document.root().elements()) {
            const auto type = row["header_type"].string_or("?");
            if (type == "item") {
                check<ItemKind>(row, tally);
            } else if (type == "list") {
                check<ListKind>(row, tally);
            } else if (type == "dictionary") {
                check<DictionaryKind>(row, tally);
            } else {
                ADD_FAILURE() << "unknown type: " << row.to_text();
            }
        }
    }
    return tally;
}

TEST(StructuredFieldVectors, every_field_is_read_or_refused_and_written_again) {
    const auto files = files_in("standards/structured-fields");
    APILAB_SKIP_WITHOUT(files);
    const auto tally = check_folder(files);
    RecordProperty("read", tally.read);
    RecordProperty("refused", tally.refused);
    RecordProperty("written", tally.written);
    EXPECT_GT(tally.read, 0);
    EXPECT_GT(tally.refused, 0);
    EXPECT_GT(tally.written, 0);
}

TEST(StructuredFieldVectors, every_value_is_written_or_refused) {
    const auto files = files_in("standards/structured-fields/serialisation-tests");
    APILAB_SKIP_WITHOUT(files);
    const auto tally = check_folder(files);
    RecordProperty("written", tally.written);
    RecordProperty("not_written", tally.not_written);
    EXPECT_GT(tally.written, 0);
    EXPECT_GT(tally.not_written, 0);
}

}  // namespace
}  // namespace apilab::http::structured
