#include "apilab/sandbox/fidelity_page.hpp"

#include <fmt/format.h>

namespace apilab::sandbox {

namespace {

void add_sentences(std::string& text, std::string_view title,
                   const std::vector<std::string>& sentences) {
    if (sentences.empty()) {
        return;
    }
    text += fmt::format("\n**{}**\n\n", title);
    for (const auto& sentence : sentences) {
        text += fmt::format("- {}\n", sentence);
    }
}

}  // namespace

std::string fidelity_page(std::span<const std::unique_ptr<Provider>> providers) {
    std::string text =
        "<!-- Generated from the route tables and cards. After a change: APILAB_GOLDEN=write "
        "build/dev/bin/test_sandbox --gtest_filter='FidelityPage.*' -->\n"
        "# How true the emulated providers are\n\n"
        "What each copies of the real one, what it does not, and the pages that the facts were "
        "taken from. The running sandbox says the same: `apilab sandbox services --fidelity`. An "
        "operation that is not listed is answered as the real provider answers a path that it does "
        "not know, and the journal calls it `unsupported`.\n";
    for (const auto& provider : providers) {
        const auto card = provider->fidelity();
        text += fmt::format("\n## {}\n", provider->name());
        add_sentences(text, "Copied", card.copied);
        add_sentences(text, "Not copied", card.not_copied);
        add_sentences(text, "Differs", card.differs);
        add_sentences(text, "Sources", card.sources);
        text += "\n| operation | request | effect |\n| --- | --- | --- |\n";
        for (const Route& route : provider->routes()) {
            text += fmt::format("| `{}` | `{} {}` | {} |\n", route.operation, route.method,
                                route.path_template, http::to_string(route.effect));
        }
    }
    return text;
}

}  // namespace apilab::sandbox
