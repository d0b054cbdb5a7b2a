#include "apilab/server/internal/core.hpp"

#include <utility>

namespace apilab::server::internal {
namespace {
constexpr std::size_t scratch_bytes = 64 * 1024;
}  // namespace

Core::Core(runtime::RealScheduler& s, runtime::Service& v, ServerOptions o)
    : scheduler(s),
      service(v),
      live(dynamic_cast<runtime::LiveService*>(&v)),
      options(std::move(o)),
      scratch(scratch_bytes) {
    if (!options.connection_counter) {
        options.connection_counter = std::make_shared<std::uint64_t>(0);
    }
}

}  // namespace apilab::server::internal
