#include "apilab/radar/internal/switches.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace apilab::radar::internal {

bool is_off(const Config& config, std::string_view provider) {
    return std::ranges::find(config.off, provider) != config.off.end();
}

void take_out(Config& config) {
    if (is_off(config, "slack")) {
        config.slack.reset();
    }
    if (is_off(config, "notion")) {
        config.notion.reset();
    }
    if (is_off(config, "gmail")) {
        config.gmail.reset();
    }
    if (is_off(config, "github")) {
        config.github_hook.reset();
    }
}

runtime::Task<Result<http::Response>> SwitchedOff::call(http::Request /*request*/,
                                                        runtime::CallContext context) {
    co_return fail(Error(ErrorKind::breaker_open,
                         fmt::format("{} is switched off", context.operation.provider))
                       .with_outcome(Outcome::not_sent)
                       .with_remedy("take it out of `off` (RADAR_OFF) and start again"));
}

}  // namespace apilab::radar::internal
