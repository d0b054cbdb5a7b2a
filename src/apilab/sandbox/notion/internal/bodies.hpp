#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {

/// The body of an error; `request_id` is put in where the answer is finished.
[[nodiscard]] http::Response error(int status, std::string_view code, std::string_view message,
                                   boost::json::object additional_data = {});
[[nodiscard]] http::Response validation_error(std::string_view message,
                                              boost::json::object additional_data = {});
/// 404: not there, or not shared with the integration, which is the same to the outside.
[[nodiscard]] http::Response not_found(std::string_view kind, std::string_view id);
/// 400, where others would say 404 or 405.
[[nodiscard]] http::Response invalid_request_url();
[[nodiscard]] http::Response answer_with(const boost::json::object& object);

[[nodiscard]] boost::json::object parent_object(const Parent& parent, const Call& call);
[[nodiscard]] boost::json::object page_object(const Page& page, const Call& call);
[[nodiscard]] boost::json::object database_object(const Database& database, const Call& call);
[[nodiscard]] boost::json::object data_source_object(const DataSource& source, const Call& call);
/// A block, or the block that a page or a database is where it stands in another.
[[nodiscard]] boost::json::object block_object(std::string_view id, const Call& call);
[[nodiscard]] boost::json::object comment_object(const Comment& comment, const Call& call);
[[nodiscard]] boost::json::object file_object(const FileUpload& file, const Call& call);

}  // namespace apilab::sandbox::notion
