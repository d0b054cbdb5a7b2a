#include "apilab/radar/report.hpp"

#include <algorithm>
#include <array>

namespace apilab::radar {

std::string_view to_string(Change change) {
    static constexpr std::array<std::string_view, 4> words = {"in_range", "minor", "major", "none"};
    return words.at(static_cast<std::size_t>(change));
}

std::string_view to_string(Action action) {
    static constexpr std::array<std::string_view, 4> words = {"upgrade", "decide", "mitigate",
                                                              "watch"};
    return words.at(static_cast<std::size_t>(action));
}

std::string_view to_string(Confidence confidence) {
    static constexpr std::array<std::string_view, 3> words = {"full", "partial", "low"};
    return words.at(static_cast<std::size_t>(confidence));
}

bool all_sources_ok(const Report& report) {
    return report.advisories_evaluated && !report.sources.empty() &&
           std::ranges::all_of(report.sources, [](const SourceReport& source) {
               return source.status == SourceStatus::ok;
           });
}

int exit_code(const Report& report, std::optional<Severity> fail_on) {
    if (!report.advisories_evaluated) {
        switch (report.failure) {
            case SourceFailure::deadline:
                return 8;
            case SourceFailure::gave_up:
                return 9;
            case SourceFailure::none:
            case SourceFailure::unreachable:
                return 7;
        }
    }
    const bool found =
        fail_on && std::ranges::any_of(report.decisions, [&](const Decision& decision) {
            return decision.level && *decision.level >= *fail_on;
        });
    return found ? 6 : 0;
}

}  // namespace apilab::radar
