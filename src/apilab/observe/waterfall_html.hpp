#pragma once

#include <functional>
#include <string>

#include "apilab/observe/story.hpp"
#include "apilab/observe/waterfall.hpp"
#include "apilab/observe/waterfall_svg.hpp"

namespace apilab::observe {

struct WaterfallHtmlOptions {
    Theme theme = Theme::automatic;
    /// Makes the command line shown with each exchange; none: nothing is shown.
    std::function<std::string(const Exchange&)> curl_line;
};

/// A call as one page that stands alone: the picture, the sentences, and what was said. No scripts,
/// nothing to be fetched (and a `Content-Security-Policy` that says so); light or dark, and fit to
/// be printed. Exchanges are shown as the story has them: redacted, bodies bounded.
///
/// Every text from outside is escaped; what is no UTF-8 is shown as `?`.
[[nodiscard]] std::string waterfall_html(const Story& story, const Waterfall& waterfall,
                                         const WaterfallHtmlOptions& options = {});

}  // namespace apilab::observe
