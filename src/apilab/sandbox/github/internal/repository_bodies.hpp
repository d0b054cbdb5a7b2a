#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "apilab/sandbox/github/internal/state.hpp"

namespace apilab::sandbox::github {

enum class RepositoryDetail {
    /// In lists, in other objects, in webhooks.
    short_form,
    /// `GET /repos/{owner}/{repo}`.
    full,
    /// The same for somebody who may write to it.
    own,
};

/// `newer`: as from API version 2026-03-10.
[[nodiscard]] boost::json::object repository_object(const RepositoryState& state,
                                                    RepositoryDetail detail, bool newer);
[[nodiscard]] boost::json::object release_object(const RepositoryState& state,
                                                 const Release& release);
[[nodiscard]] boost::json::object asset_object(const RepositoryState& state, const Release& release,
                                               const Asset& asset);
[[nodiscard]] boost::json::object tag_object(const RepositoryState& state, std::string_view tag);

}  // namespace apilab::sandbox::github
