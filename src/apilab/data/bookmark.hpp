#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::data {

/// How far a synchronisation has come: the largest value that a field of the rows has had (when a
/// row was changed, or its number), or a token of the provider's, which nothing can be compared
/// with. A value.
///
///     Bookmark seen = Bookmark::at(row.updated_at);
///     if (seen.kind() == state.kind() && state < seen) { ... }
class Bookmark {
public:
    enum class Kind : std::uint8_t { none, time, number, token };
    /// Bytes of a token: longer ones are refused.
    static constexpr std::size_t token_max = 4096;

    /// Nothing was ever synchronised: everything is to be asked for.
    Bookmark() = default;
    [[nodiscard]] static Bookmark at(SystemTime time) { return Bookmark(time); }
    [[nodiscard]] static Bookmark at(std::uint64_t number) { return Bookmark(number); }
    /// Gmail's `historyId` is a number, a calendar's `nextSyncToken` is one of these.
    [[nodiscard]] static Bookmark token(std::string text) { return Bookmark(std::move(text)); }

    [[nodiscard]] Kind kind() const { return static_cast<Kind>(value_.index()); }
    [[nodiscard]] std::optional<SystemTime> time() const;
    [[nodiscard]] std::optional<std::uint64_t> number() const;
    [[nodiscard]] std::optional<std::string> token() const;

    /// The larger of two of one kind, where that kind can be compared; a token is replaced by the
    /// newer one (`other`). Of different kinds `other`, unless it is none.
    [[nodiscard]] Bookmark advanced_to(const Bookmark& other) const;

    /// `{"time":1764201600000000000}` (nanoseconds since 1970), `{"number":7}`, `{"token":"x"}`,
    /// `null`.
    [[nodiscard]] std::string to_json() const;
    /// Error: `decode`, naming `pointer`.
    [[nodiscard]] static Result<Bookmark> parse(http::Json json, const std::string& pointer);
    /// For messages: a token is not shown.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Bookmark&, const Bookmark&) = default;

private:
    using Value = std::variant<std::monostate, SystemTime, std::uint64_t, std::string>;
    explicit Bookmark(Value value) : value_(std::move(value)) {}
    Value value_;
};

}  // namespace apilab::data
