#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/sandbox/facts.hpp"

/// JSON texts in the shapes of the REST API (providers/github, "Shapes that bite"); `base_mark`
/// stands for the API's URL. What can change is written by github/internal.
namespace apilab::sandbox::github {

/// The id of a repository, release or user: the same for the same name everywhere.
[[nodiscard]] std::int64_t number_of(std::string_view kind, std::string_view name);

[[nodiscard]] std::string advisory_text(const AdvisoryFacts& facts);

}  // namespace apilab::sandbox::github
