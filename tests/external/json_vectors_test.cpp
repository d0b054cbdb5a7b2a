// JSON written to trip parsers (APILAB_DATA/standards/json-parsing and json-transform).
//
// The first letter of a file's name is its verdict: y must be read, n must be refused, i is the
// parser's choice. Out of scope: nothing.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "external_data.hpp"

namespace apilab::http {
namespace {

using external::files_in;
using external::text_of;

TEST(JsonVectors, are_read_or_refused_as_their_names_say) {
    const auto files = files_in("standards/json-parsing");
    APILAB_SKIP_WITHOUT(files);
    std::map<char, int> seen;
    for (const auto& file : files) {
        const std::string name = file.filename().string();
        ++seen[name.front()];
        const auto text = text_of(file);
        const auto document = JsonDocument::parse(text);
        switch (name.front()) {
            case 'y':
                EXPECT_TRUE(document.has_value()) << name << ": " << document.error().to_string();
                break;
            case 'n':
                EXPECT_FALSE(document.has_value()) << name;
                break;
            case 'i':
                break;  // either; what counts is that we are still here
            default:
                ADD_FAILURE() << name << ": neither y, n nor i";
        }
        if (document) {
            const auto again = JsonDocument::parse(document->root().to_text());
            ASSERT_TRUE(again.has_value()) << name << ": " << again.error().to_string();
            EXPECT_EQ(again->root().to_text(), document->root().to_text()) << name;
        } else {
            EXPECT_TRUE(document.error().kind() == ErrorKind::decode ||
                        document.error().kind() == ErrorKind::too_large)
                << name;
        }
    }
    EXPECT_GT(seen['y'], 0);
    EXPECT_GT(seen['n'], 0);
    EXPECT_GT(seen['i'], 0);
}

TEST(JsonVectors, cut_anywhere_never_crash_the_parser) {
    const auto files = files_in("standards/json-parsing");
    APILAB_SKIP_WITHOUT(files);
    for (const auto& file : files) {
        const auto text = text_of(file);
        for (std::size_t size = 0; size < std::min<std::size_t>(text.size(), 200); ++size) {
            (void)JsonDocument::parse(std::string_view(text).substr(0, size));
        }
    }
}

/// What must come out of the files of json-transform that we read at all.
void check_transform(const std::string& name, const Json& root) {
    if (name.starts_with("number_")) {
        const std::string number = name.substr(7, name.rfind('.') - 7);
        const Json element = root.at_pointer("/0");
        if (number.find_first_not_of("0123456789-") == std::string::npos) {
            EXPECT_EQ(element.to_text(), number) << name;
            EXPECT_TRUE(element.integer() || element.unsigned_integer()) << name;
        } else {
            EXPECT_EQ(element.number(), std::stod(number)) << name;
            EXPECT_FALSE(element.integer()) << name;
        }
    } else if (name.starts_with("object_")) {
        EXPECT_EQ(root.size(), 2U) << name << ": duplicates are kept, forms of one letter differ";
        std::string listed;
        for (const auto& [key, value] : root.members()) {
            listed += (listed.empty() ? "" : ",") + json_quote(key) + ":" + value.to_text();
        }
        EXPECT_EQ(root.to_text(), "{" + listed + "}") << name;
    } else if (name == "string_with_escaped_NULL.json") {
        EXPECT_EQ(root.at_pointer("/0").string(), std::string_view("A\0B", 3));
    }
}

TEST(JsonVectors, numbers_keys_and_strings_come_out_unchanged) {
    const auto files = files_in("standards/json-transform");
    APILAB_SKIP_WITHOUT(files);
    for (const auto& file : files) {
        const std::string name = file.filename().string();
        const auto document = JsonDocument::parse(text_of(file));
        if (name.contains("invalid_codepoint")) {
            EXPECT_FALSE(document.has_value()) << name << ": no text of Unicode";
            continue;
        }
        ASSERT_TRUE(document.has_value()) << name << ": " << document.error().to_string();
        check_transform(name, document->root());
    }
}

}  // namespace
}  // namespace apilab::http
