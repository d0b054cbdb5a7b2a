#pragma once

#include <string_view>

#include "apilab/radar/service/config.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::radar::internal {

/// Is it switched off (`Config::off`)?
[[nodiscard]] bool is_off(const Config& config, std::string_view provider);

/// Takes out whoever is switched off and is told something, and the gap filler with GitHub. What
/// was to be said to them waits: it is new still when they are back.
void take_out(Config& config);

/// In the place of a source that is switched off: nothing is sent, and the answer says why. So the
/// rest goes on as without any source that does not answer.
class SwitchedOff final : public runtime::Service {
public:
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
};

}  // namespace apilab::radar::internal
