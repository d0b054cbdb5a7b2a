#pragma once

#include "apilab/sandbox/github/internal/call.hpp"

/// Files of a repository as they are now: of the past, only that there were commits is kept.
namespace apilab::sandbox::github {

/// An object for a file, an array for a directory; bytes for the media type `raw`, an object with
/// `entries` for `object`.
[[nodiscard]] http::Response get_contents(const Call& call);
[[nodiscard]] http::Response get_readme(const Call& call);
/// 201 for a new file, 200 for a change; 409 where `sha` is of another content, 422 where it is
/// missing.
[[nodiscard]] http::Response put_contents(const Call& call);
[[nodiscard]] http::Response delete_contents(const Call& call);
/// What `GET /search/code` says of a file.
[[nodiscard]] boost::json::object code_object(const RepositoryState& state, const std::string& path,
                                              const File& file);

}  // namespace apilab::sandbox::github
