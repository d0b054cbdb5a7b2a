#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {

inline constexpr std::string_view bot_user_id = "7d3f1c9a-52c4-4f0e-9b1d-0a11ab000001";
/// The first version with data sources.
inline constexpr std::string_view data_sources_since = "2025-09-03";

/// The body of an error; `request_id` is put in where the answer is finished.
[[nodiscard]] http::Response error(int status, std::string_view code, std::string_view message);
[[nodiscard]] http::Response validation_error(std::string_view message);
/// 404: not there, or not shared with the integration, which is the same to the outside.
[[nodiscard]] http::Response not_found(std::string_view kind, std::string_view id);

[[nodiscard]] boost::json::object page_object(const Page& page, const Store& store,
                                              std::string_view version);
[[nodiscard]] boost::json::object database_object(const Store& store, std::string_view version);
[[nodiscard]] boost::json::object data_source_object(const Store& store);
[[nodiscard]] boost::json::object bot_object();

/// A list of at most `page_size` of `all` from `start_cursor` on (an item's `id`). `arguments`
/// holds both (in the body of a POST; the caller makes the same of a query). `kind` is the list's
/// `type`. Errors are answers.
[[nodiscard]] http::Response list_answer(const std::vector<boost::json::object>& all,
                                         http::Json arguments, std::string_view kind);

}  // namespace apilab::sandbox::notion
