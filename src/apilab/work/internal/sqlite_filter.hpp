#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apilab/work/internal/sqlite_query.hpp"

namespace apilab::work::internal {

/// What a person asked for, as conditions: only what was given becomes one, so that SQLite finds an
/// index for it.
class Conditions {
public:
    /// `condition` with one `?` for the value.
    void text(std::string_view condition, const std::string& value) {
        if (!value.empty()) {
            add(condition, value);
        }
    }
    void integer(std::string_view condition, const std::optional<std::int64_t>& value) {
        if (value) {
            add(condition, *value);
        }
    }

    /// `1 AND j.queue = ?`
    [[nodiscard]] const std::string& where() const { return where_; }
    /// Their values; they live as long as this.
    void bind(Query& query) const {
        for (const auto& value : values_) {
            if (const auto* number = std::get_if<std::int64_t>(&value)) {
                query.integer(*number);
            } else {
                query.text(std::string_view(std::get<std::string>(value)));
            }
        }
    }

private:
    void add(std::string_view condition, std::variant<std::int64_t, std::string> value) {
        where_ += " AND ";
        where_ += condition;
        values_.push_back(std::move(value));
    }

    std::string where_ = "1";
    std::vector<std::variant<std::int64_t, std::string>> values_;
};

}  // namespace apilab::work::internal
