#pragma once

#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::radar::internal {

/// The least that health means: alive, and ready while it is neither before nor after its life.
class PlainOperations final : public runtime::Service {
public:
    explicit PlainOperations(const Parts& parts) : parts_(parts) {}
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    const Parts& parts_;
};

}  // namespace apilab::radar::internal
