#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::http {

/// Reads what a caller needs out of a JSON value and remembers the first thing that was not as
/// promised, so that a decoder is a list of reads and one check at its end.
///
///     Fields fields(document.root());
///     release.tag = fields.text("/tag_name");               // must be there, and a string
///     release.notes = fields.text_or_null("/body");         // may be null or absent
///     APILAB_CHECK(fields.check());
///
/// What nobody reads does not matter: new fields are no mistake, and a string that has one of a
/// list of values today is read as a string, so a new value is none either. A view: the document
/// outlives it.
class Fields {
public:
    /// `at` is put before every pointer in messages: where `value` stands in the document.
    explicit Fields(Json value, std::string at = {}) : value_(value), at_(std::move(at)) {}

    /// The value at an RFC 6901 pointer. Null, absent or of another type is a mistake, and the
    /// empty value comes back.
    [[nodiscard]] std::string text(std::string_view pointer);
    [[nodiscard]] std::int64_t integer(std::string_view pointer);
    /// Null and absent are nothing; another type is a mistake.
    [[nodiscard]] std::optional<std::string> text_or_null(std::string_view pointer);
    /// The elements of an array that must be there (`""`: the value itself).
    [[nodiscard]] Json::Elements array(std::string_view pointer);
    /// The same where null and absent stand for no elements.
    [[nodiscard]] Json::Elements array_or_null(std::string_view pointer);

    /// The first mistake: `decode`, outcome `answered`, the pointer as `detail()`; its message says
    /// what was found and what was expected.
    [[nodiscard]] Result<void> check() const;

private:
    Json find(std::string_view pointer, Json::Kind wanted, bool may_be_null);
    void note(std::string_view pointer, Json::Kind found, Json::Kind wanted);
    Json value_;
    std::string at_;
    std::optional<Error> mistake_;
};

}  // namespace apilab::http
