#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/sandbox/facts.hpp"

/// JSON texts in the shapes of the REST API (providers/github, "Shapes that bite"); `base_mark`
/// stands for the API's URL.
namespace apilab::sandbox::github {

/// The id of a repository, release or user: the same for the same name everywhere.
[[nodiscard]] std::int64_t number_of(std::string_view kind, std::string_view name);

[[nodiscard]] std::string repository_text(const RepositoryFacts& facts);
[[nodiscard]] std::string release_text(const RepositoryFacts& repository,
                                       const ReleaseFacts& release);
[[nodiscard]] std::string tag_text(const RepositoryFacts& repository, const ReleaseFacts& tag);
[[nodiscard]] std::string advisory_text(const AdvisoryFacts& facts);
/// The user that a token of the seed world belongs to, and any owner.
[[nodiscard]] std::string user_text(std::string_view login);

}  // namespace apilab::sandbox::github
