#pragma once

#include <memory>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/sandbox/journal.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::sandbox::internal {

/// `Sandbox::call_out`, for what may outlive the sandbox. `upload`, where there is one, is the
/// body: the time it takes is not counted into `patience`.
[[nodiscard]] runtime::Task<Result<http::Response>> call_out(
    runtime::Scheduler& scheduler, std::shared_ptr<Journal> journal, transport::Transport& way,
    http::Request request, Duration patience, Outbound outbound,
    std::shared_ptr<runtime::BodySource> upload = nullptr);

/// A body that comes in twenty pieces over two seconds.
[[nodiscard]] std::shared_ptr<runtime::BodySource> dripping(runtime::Scheduler& scheduler,
                                                            std::string bytes);

}  // namespace apilab::sandbox::internal
