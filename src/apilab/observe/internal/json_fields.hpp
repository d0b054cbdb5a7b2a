#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/http/json.hpp"

namespace apilab::observe::internal {

/// Members of one object of a document from outside. The first that is not as it should be is kept
/// as the error, with its place; what is asked for afterwards gives defaults, so that one look at
/// the end will do. A member that is missing gives its default.
class JsonFields {
public:
    JsonFields(http::Json json, std::string place, std::optional<Error>& error);

    [[nodiscard]] bool has(std::string_view name) const { return !json_[name].missing(); }
    /// A string, or bytes that are none: `{"base64": "..."}`.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// An integer from `min` to `max`; 0 where it is missing.
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t min,
                                       std::int64_t max) const;
    [[nodiscard]] std::uint64_t count(std::string_view name) const;
    /// Any number, in a range that no arithmetic on it leaves; else the error, and 0.
    [[nodiscard]] double number(std::string_view name, double min, double max) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    /// So many nanoseconds.
    [[nodiscard]] Duration duration(std::string_view name, Duration min, Duration max) const;
    /// 16 hexadecimal digits; 0 where it is missing.
    [[nodiscard]] std::uint64_t hex(std::string_view name) const;

    /// The enumerator that is called so, by its `to_string`; `E{}` where it is missing.
    template <class E, class Name>
    [[nodiscard]] E choice(std::string_view name, E last, Name name_of) const {
        if (!has(name)) {
            return E{};
        }
        const auto word = json_[name].string_or("");
        for (int i = 0; i <= static_cast<int>(last); ++i) {
            if (name_of(static_cast<E>(i)) == word) {
                return static_cast<E>(i);
            }
        }
        wrong(name, "is no word that is known here");
        return E{};
    }

    /// The object of that name; one without members where it is missing.
    [[nodiscard]] JsonFields object(std::string_view name) const;
    /// Calls `action(fields)` for each element of an array with at most `max` objects.
    template <class Action>
    void each(std::string_view name, std::size_t max, Action action) const {
        const auto array = elements(name, max);
        std::size_t index = 0;
        for (const http::Json element : array.elements()) {
            if (*error_) {
                return;
            }
            action(JsonFields(element, place(name) + "/" + std::to_string(index++), *error_));
        }
    }

    /// Says what is wrong with a member; with an empty name, with the object itself.
    void wrong(std::string_view name, std::string_view what) const;
    /// The first error was kept.
    [[nodiscard]] bool failed() const { return error_->has_value(); }
    [[nodiscard]] http::Json json() const { return json_; }

private:
    [[nodiscard]] std::string place(std::string_view name) const;
    [[nodiscard]] http::Json elements(std::string_view name, std::size_t max) const;

    http::Json json_;
    std::string place_;
    std::optional<Error>* error_;
};

}  // namespace apilab::observe::internal
