#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/admin/internal/routes.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/judge/check.hpp"

/// What comes in over the admin API, read with an error that names its place.
namespace apilab::sandbox::admin {

/// Of a request's body, but for texts that are handed in. Beyond: 413.
inline constexpr std::size_t body_max = std::size_t{1} << 20U;

/// A wrong parameter of the query, as an error whose detail is `?name`.
[[nodiscard]] std::unexpected<Error> bad_parameter(std::string_view name, std::string_view message);
/// The problem document of such an error, or of one with a JSON pointer.
[[nodiscard]] http::Response refuse(const Error& error);
[[nodiscard]] Result<std::uint64_t> read_number(std::string_view name, std::string_view text);
[[nodiscard]] Result<bool> read_flag(std::string_view name, std::string_view text);
/// Which rows, from the query; `other` is a parameter that is read elsewhere.
[[nodiscard]] Result<JournalFilter> read_filter(const Call& call, std::string_view other = {});
/// The same from the JSON body of `POST requests/find`.
[[nodiscard]] Result<JournalFilter> read_filter_body(std::string_view body);
[[nodiscard]] Result<JudgeOptions> read_judge_options(const Call& call);
/// A JSON document of at most `body_max` bytes and 16 levels; `keep` owns it.
[[nodiscard]] Result<http::Json> read_body(std::string_view body,
                                           std::optional<http::JsonDocument>& keep);
[[nodiscard]] http::Response with_type(std::string body, std::string type);

}  // namespace apilab::sandbox::admin
