#pragma once

#include "apilab/base/error.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::radar::internal {

/// In place of the way to somebody who is not to be asked (`off` of the configuration): nothing is
/// sent, and every call says why.
class SwitchedOff final : public runtime::Service {
public:
    [[nodiscard]] runtime::Task<Result<http::Response>> call(
        http::Request /*request*/, runtime::CallContext /*context*/) override {
        co_return fail(ErrorKind::invalid_argument, "it is switched off (`off`)");
    }
};

}  // namespace apilab::radar::internal
