#pragma once

#include <cstddef>
#include <string>

#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "checklist/observed.hpp"

namespace apilab::cli::checklist {

constexpr std::size_t probe_body_max = std::size_t{64} << 10U;

/// How the service is reached: a connection for each request, so that what is lost is lost by the
/// service and not by an old connection.
[[nodiscard]] transport::AsioTransportOptions probe_way();

/// That request, within 10 s, as `what`. The body is whole. Its `at` is the caller's.
[[nodiscard]] runtime::Task<Probe> probe_send(runtime::RealScheduler& scheduler,
                                              transport::Transport& way, http::Request request,
                                              std::string what);

/// `GET path` there, within 10 s. The body is whole. Its `at` is the caller's.
[[nodiscard]] runtime::Task<Probe> probe_get(runtime::RealScheduler& scheduler,
                                             transport::Transport& way, http::Url base,
                                             std::string path);

}  // namespace apilab::cli::checklist
