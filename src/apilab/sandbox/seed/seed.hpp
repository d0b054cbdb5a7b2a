#pragma once

#include <span>

#include "apilab/base/embedded.hpp"
#include "apilab/base/result.hpp"
#include "apilab/sandbox/facts.hpp"

namespace apilab::sandbox::seed {

/// npm.json, advisories.json, github.json and osv.json as they lie beside this header.
[[nodiscard]] std::span<const EmbeddedFile> files();

/// The built-in world. Facts with our own summaries, abridged (README.md says how far). Errors
/// (`internal`) only where a seed file is broken; the message names file and pointer.
[[nodiscard]] Result<Facts> built_in_facts();

/// The same from other texts, so that a broken seed file can be tested.
[[nodiscard]] Result<Facts> parse_facts(std::string_view npm, std::string_view advisories,
                                        std::string_view github);

}  // namespace apilab::sandbox::seed
