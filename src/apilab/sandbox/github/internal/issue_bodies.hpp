#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "apilab/sandbox/github/internal/state.hpp"

/// Bodies of issues, comments, labels and pull requests; `newer`: as from API version 2026-03-10.
namespace apilab::sandbox::github {

/// Not the id of the pull request, where it is one.
[[nodiscard]] std::int64_t issue_id(const RepositoryState& state, std::int64_t number);
/// `closer`: with `closed_by`, which lists leave out.
[[nodiscard]] boost::json::object issue_object(const RepositoryState& state, const Issue& issue,
                                               bool newer, bool closer);
[[nodiscard]] boost::json::object comment_object(const RepositoryState& state,
                                                 const Comment& comment);
[[nodiscard]] boost::json::object label_object(const RepositoryState& state, const Label& label);
/// `full`: with what only `GET /repos/{owner}/{repo}/pulls/{pull_number}` says.
[[nodiscard]] boost::json::object pull_object(const RepositoryState& state, const Issue& issue,
                                              bool newer, bool full);
/// The branch that a pull request comes from.
[[nodiscard]] std::string branch_of(const Issue& issue);

}  // namespace apilab::sandbox::github
