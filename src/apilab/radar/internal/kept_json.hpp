#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/report.hpp"

// What we wrote ourselves and read again: from a store that others may have changed meanwhile.
namespace apilab::radar::internal {

inline constexpr std::array confidences{Confidence::full, Confidence::partial, Confidence::low};

/// Longest text that is read, in bytes: the largest run of a large project has some 20 MiB.
inline constexpr std::size_t kept_json_max = std::size_t{64} << 20U;

/// A value of a document whose shape is known. Readers go on after an error, with empty values; the
/// first one is kept, and whoever has read all asks for it:
///
///     APILAB_TRY(const auto document, http::JsonDocument::parse(text));
///     std::optional<Error> error;
///     const KeptJson json(document.root(), error);
///     Item item{.watch = json.text("watch")};
///     if (error) { return fail(*error); }
///
/// The document and the error outlive it.
class KeptJson {
public:
    KeptJson(http::Json at, std::optional<Error>& error, std::string pointer = {})
        : at_(at), error_(&error), pointer_(std::move(pointer)) {}

    /// There, and not null.
    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] std::string text(std::string_view key) const;
    /// Empty where it is missing or null.
    [[nodiscard]] std::string text_or_empty(std::string_view key) const;
    [[nodiscard]] std::optional<std::string> maybe_text(std::string_view key) const;
    /// Missing or null: false.
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least,
                                       std::int64_t most) const;
    [[nodiscard]] SystemTime time(std::string_view key) const;
    [[nodiscard]] std::optional<SystemTime> maybe_time(std::string_view key) const;
    /// Missing: none.
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
    /// This value itself as a list of texts.
    [[nodiscard]] std::vector<std::string> own_texts() const;
    /// An object; where there is none, one without members.
    [[nodiscard]] KeptJson member(std::string_view key) const;
    [[nodiscard]] std::vector<std::pair<std::string, KeptJson>> members() const;
    /// Missing: none.
    [[nodiscard]] std::vector<KeptJson> elements(std::string_view key) const;
    /// Text as it is, without `key`: of an element.
    [[nodiscard]] std::string own_text() const;
    /// One of these, by its `to_string`.
    template <class Word>
    [[nodiscard]] Word word(std::string_view key, std::span<const Word> words) const {
        const std::string said = text(key);
        for (const Word word : words) {
            if (to_string(word) == said) {
                return word;
            }
        }
        wrong(key, "is no word that is known here");
        return words.front();
    }
    template <class Word, std::size_t size>
    [[nodiscard]] Word word(std::string_view key, const std::array<Word, size>& words) const {
        return word(key, std::span<const Word>(words));
    }

    void wrong(std::string_view key, std::string_view what) const;

private:
    void wrong_here(std::string_view what) const;
    http::Json at_;
    std::optional<Error>* error_;
    std::string pointer_;
};

/// RFC 3339 in UTC, with as many digits of the second as it has.
[[nodiscard]] std::string kept_time(SystemTime time);

}  // namespace apilab::radar::internal
