#pragma once

#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe {

struct HarLimits {
    /// Bytes of the text. Default 64 MiB.
    std::size_t size_max = std::size_t{64} << 20U;
    /// Entries and pages, each. Default 10,000.
    std::size_t entries_max = 10'000;
    /// Bytes of one body that are kept. Default 64 KiB.
    std::size_t body_max = std::size_t{64} << 10U;
};

/// The calls of a HAR (1.1 or 1.2): of one that `Har::add(Story)` wrote, the same stories; of a
/// browser's or a proxy's, a call of one attempt for each entry, in their order. Entries that are
/// no http or https (`data:`, `ws:`) are passed over. Credentials, which browsers' files are full
/// of, are hidden here as everywhere (`http/redact.hpp`): nothing of them is in a story.
///
/// Errors: `decode` with the place (a JSON pointer) and what is right there; `too_large`.
[[nodiscard]] Result<std::vector<Story>> read_har(std::string_view text,
                                                  const HarLimits& limits = {});

}  // namespace apilab::observe
