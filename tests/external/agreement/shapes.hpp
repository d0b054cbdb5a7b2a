#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"

// How two JSON texts differ in names and types, and a list of differences that are known.
namespace apilab::external {

inline std::string_view type_of(http::Json value) {
    switch (value.kind()) {
        case http::Json::Kind::boolean:
            return "boolean";
        case http::Json::Kind::integer:
        case http::Json::Kind::number:
            return "number";
        case http::Json::Kind::string:
            return "string";
        case http::Json::Kind::array:
            return "array";
        case http::Json::Kind::object:
            return "object";
        default:
            return "null";
    }
}

/// `/results/*/parent: only theirs`, `/icon: object, ours null`, ...; a list is compared by its
/// first items.
inline void compare_shapes(http::Json theirs, http::Json ours, const std::string& path,
                           std::set<std::string>& differences) {
    if (type_of(theirs) != type_of(ours)) {
        differences.insert(path + ": " + std::string(type_of(theirs)) + ", ours " +
                           std::string(type_of(ours)));
        return;
    }
    if (theirs.is_array() && theirs.size() > 0 && ours.size() > 0) {
        compare_shapes(*theirs.elements().begin(), *ours.elements().begin(), path + "/*",
                       differences);
        return;
    }
    for (const auto& [name, value] : theirs.members()) {
        if (ours[name].missing()) {
            differences.insert(path + "/" + std::string(name) + ": only theirs");
        } else {
            compare_shapes(value, ours[name], path + "/" + std::string(name), differences);
        }
    }
    for (const auto& [name, value] : ours.members()) {
        if (theirs[name].missing()) {
            differences.insert(path + "/" + std::string(name) + ": only ours");
        }
    }
}

/// Lines `DIFFERENCE | reason` of a file; `#` begins a comment.
class KnownDifferences {
public:
    explicit KnownDifferences(const std::string& file) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            if (line.empty() || line.starts_with('#')) {
                continue;
            }
            const auto bar = line.find(" | ");
            reasons_[line.substr(0, bar)] =
                bar == std::string::npos ? std::string() : line.substr(bar + 3);
        }
    }
    [[nodiscard]] bool known(const std::string& difference) {
        const auto found = reasons_.find(difference);
        if (found == reasons_.end() || found->second.empty()) {
            return false;
        }
        used_.insert(difference);
        return true;
    }
    [[nodiscard]] std::string unused() const {
        std::ostringstream all;
        for (const auto& [difference, reason] : reasons_) {
            if (!used_.contains(difference)) {
                all << difference << '\n';
            }
        }
        return all.str();
    }

private:
    std::map<std::string, std::string> reasons_;
    std::set<std::string> used_;
};

}  // namespace apilab::external
