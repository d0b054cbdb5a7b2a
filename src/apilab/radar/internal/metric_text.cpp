#include "apilab/radar/internal/metric_text.hpp"

#include <fmt/format.h>

#include "apilab/base/scrubber.hpp"
#include "apilab/observe/metrics_observer.hpp"

namespace apilab::radar::internal {

void MetricText::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    written_.clear();
    text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void MetricText::sample(Labels labels, double value) {
    std::string shown;
    for (const auto& [name, text] : labels) {
        shown += fmt::format("{}{}=\"{}\"", shown.empty() ? "" : ",", name,
                             observe::metric_label(Scrubber::of_process().scrubbed(text)));
    }
    if (written_.size() >= series_max || !written_.insert(shown).second) {
        ++left_out_;
        return;
    }
    text_ += shown.empty() ? fmt::format("{} {}\n", name_, value)
                           : fmt::format("{}{{{}}} {}\n", name_, shown, value);
}

}  // namespace apilab::radar::internal
