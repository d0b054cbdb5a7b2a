#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/github/store.hpp"

/// Pieces that every body is made of. `base_mark` stands for the API's URL in them.
namespace apilab::sandbox::github {

/// A URL of the API, of the web site, and the GraphQL id of a thing.
[[nodiscard]] std::string api(std::string_view path);
[[nodiscard]] std::string page(std::string_view path);
[[nodiscard]] std::string node_id(std::string_view kind, std::string_view name);
/// Null for an empty text.
[[nodiscard]] boost::json::value or_null(const std::string& text);
/// A path with its slashes as they are and everything else as a URL bears it.
[[nodiscard]] std::string encode_path(std::string_view path);
/// A text with `base_mark` written out.
[[nodiscard]] std::string with_base(std::string text, std::string_view base_url);

/// `simple-user`; null for an empty login.
[[nodiscard]] boost::json::object user_object(std::string_view login);
[[nodiscard]] boost::json::value user_or_null(std::string_view login);
/// The same with what its page shows, and for the user behind the token also what only that one
/// sees.
[[nodiscard]] boost::json::object profile_object(std::string_view login, bool own);

/// Eight kinds of reactions, none of them given.
[[nodiscard]] boost::json::object reactions_object(const std::string& path);

}  // namespace apilab::sandbox::github
