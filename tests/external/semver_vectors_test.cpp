// Every row of npm's own semver vectors (APILAB_DATA/npm/semver-vectors).
//
// Out of scope, by rule: none of the thirteen kinds of file known today. A file of an unknown kind
// fails the test, so that it cannot be overlooked; a row whose value is no text is out of scope
// (npm checks argument types at run time, here the type system does).

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "apilab/radar/semver.hpp"
#include "apilab/radar/semver_inc.hpp"
#include "apilab/radar/semver_range.hpp"
#include "external_data.hpp"

namespace apilab::radar {
namespace {

using external::data_root;
using http::Json;

struct Row {
    std::vector<Json> columns;

    [[nodiscard]] Json at(std::size_t i) const { return i < columns.size() ? columns[i] : Json(); }
    [[nodiscard]] std::string text(std::size_t i) const {
        return std::string(at(i).string_or("<no text>"));
    }
    [[nodiscard]] RangeOptions options(std::size_t i) const {
        return {.mode = at(i)["loose"].boolean().value_or(false) ? SemVerMode::loose
                                                                 : SemVerMode::strict,
                .include_prerelease = at(i)["includePrerelease"].boolean().value_or(false)};
    }
};

bool greater(const Row& row) {
    const auto mode = row.options(2).mode;
    const auto a = SemVer::parse(row.text(0), mode);
    const auto b = SemVer::parse(row.text(1), mode);
    return a && b && *a > *b && *b < *a && *a != *b && *a == *a;
}

bool equal(const Row& row) {
    const auto mode = row.options(2).mode;
    const auto a = SemVer::parse(row.text(0), mode);
    const auto b = SemVer::parse(row.text(1), mode);
    return a && b && *a == *b;
}

bool invalid_version(const Row& row) {
    return !SemVer::parse(row.text(0), row.options(2).mode);
}

bool valid_version(const Row& row) {
    const auto v = SemVer::parse(row.text(0));
    if (!v) {
        return false;
    }
    const auto joined = [](Json list) {
        std::string out;
        for (const Json part : list.elements()) {
            out += out.empty() ? "" : ".";
            out += part.string() ? std::string(*part.string()) : part.to_text();
        }
        return out;
    };
    return v->major_number() == row.at(1).unsigned_integer() &&
           v->minor_number() == row.at(2).unsigned_integer() &&
           v->patch_number() == row.at(3).unsigned_integer() &&
           v->prerelease() == joined(row.at(4)) && v->build() == joined(row.at(5));
}

std::optional<bool> contains(const Row& row) {
    const auto range = SemVerRange::parse(row.text(0), row.options(2));
    const auto version = SemVer::parse(row.text(1), row.options(2).mode);
    // npm answers false for what it cannot read.
    return range && version && range->contains(*version);
}

enum class Side { below, above };

bool beyond(const Row& row, Side side) {
    const auto range = SemVerRange::parse(row.text(0), row.options(2));
    const auto version = SemVer::parse(row.text(1), row.options(2).mode);
    EXPECT_TRUE(range && version) << row.text(0) << " " << row.text(1);
    return range && version &&
           (side == Side::above ? range->is_below(*version) : range->is_above(*version));
}

bool range_text(const Row& row) {
    const auto range = SemVerRange::parse(row.text(0), row.options(2));
    if (!range || row.at(1).is_null()) {
        return !range && row.at(1).is_null();
    }
    const std::string text = range->to_string();
    return (text.empty() ? "*" : text) == row.text(1);
}

bool ranges_intersect(const Row& row) {
    const auto a = SemVerRange::parse(row.text(0));
    const auto b = SemVerRange::parse(row.text(1));
    return a && b && a->intersects(*b) == row.at(2).boolean() &&
           b->intersects(*a) == row.at(2).boolean();
}

bool comparators_intersect(const Row& row) {
    // The fourth column is an options object where it is there at all (the file's note says
    // includePrerelease, but its only value is loose).
    const auto options = row.options(3);
    const auto a = Comparator::parse(row.text(0), options.mode);
    const auto b = Comparator::parse(row.text(1), options.mode);
    return a && b && a->intersects(*b, options) == row.at(2).boolean() &&
           b->intersects(*a, options) == row.at(2).boolean();
}

bool increments(const Row& row) {
    const auto version = SemVer::parse(row.text(0), row.options(3).mode);
    const auto type = parse_release_type(row.text(1));
    const std::string identifier(row.at(4).string_or(""));
    IncrementOptions options{.identifier = identifier};
    if (row.at(5).boolean() == false) {
        options.base.reset();
    } else if (row.at(5).integer() == 1 || row.at(5).string() == "1") {
        options.base = 1;
    }
    const auto result = version && type ? increment(*version, *type, options) : std::nullopt;
    return row.at(2).is_null() ? !result : result && result->to_string() == row.text(2);
}

bool truncations(const Row& row) {
    const auto version = SemVer::parse(row.text(0));
    const auto type = parse_release_type(row.text(1));
    const auto result = version && type ? truncate(*version, *type) : std::nullopt;
    return row.at(2).is_null() ? !result : result && result->to_string() == row.text(2);
}

const std::map<std::string, std::function<bool(const Row&)>>& checks() {
    static const std::map<std::string, std::function<bool(const Row&)>> table = {
        {"comparator-intersection", comparators_intersect},
        {"comparisons", greater},
        {"equality", equal},
        {"increments", increments},
        {"invalid-versions", invalid_version},
        {"range-exclude", [](const Row& row) { return contains(row) == false; }},
        {"range-include", [](const Row& row) { return contains(row) == true; }},
        {"range-intersection", ranges_intersect},
        {"range-parse", range_text},
        {"truncations", truncations},
        {"valid-versions", valid_version},
        {"version-gt-range", [](const Row& row) { return beyond(row, Side::above); }},
        {"version-lt-range", [](const Row& row) { return beyond(row, Side::below); }},
        {"version-not-gt-range", [](const Row& row) { return !beyond(row, Side::above); }},
        {"version-not-lt-range", [](const Row& row) { return !beyond(row, Side::below); }},
    };
    return table;
}

TEST(SemVerVectors, every_row_of_every_file) {
    const auto files = external::files_in("npm/semver-vectors");
    APILAB_SKIP_WITHOUT(files);
    std::size_t total = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        const auto check = checks().find(file.stem().string());
        if (check == checks().end()) {
            ADD_FAILURE() << file.filename() << ": a kind of vector this program does not know";
            continue;
        }
        std::size_t passed = 0;
        std::size_t excluded = 0;
        std::size_t rows = 0;
        for (const Json element : document.root()["rows"].elements()) {
            Row row;
            for (const Json column : element.elements()) {
                row.columns.push_back(column);
            }
            ++rows;
            if (!row.at(0).is_string()) {
                ++excluded;
            } else if (check->second(row)) {
                ++passed;
            } else {
                ADD_FAILURE() << file.stem() << ": " << element.to_text();
            }
        }
        EXPECT_GT(rows, 0U) << file;
        std::cout << file.stem().string() << ": " << passed << " of " << rows << " rows, "
                  << excluded << " out of scope (value is no text)\n";
        total += rows;
    }
    std::cout << "total: " << total << " rows in " << files.size() << " files\n";
}

}  // namespace
}  // namespace apilab::radar
