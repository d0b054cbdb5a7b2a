#pragma once

#include <cstdint>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/world.hpp"
#include "checklist/manifest.hpp"
#include "checklist/observed.hpp"

namespace apilab::cli::checklist {

/// What can be asked of a service that runs already: the episode `live`. GET of its health, ready,
/// metrics and dead letter paths and of one that nobody has; and at each webhook path, what is to
/// be refused: not signed, forged, altered and stale. Nothing genuine, since its secrets are its
/// own: it is given no work. `trouble` where nobody answers. All outlive the task.
[[nodiscard]] runtime::Task<Episode> ask_live(runtime::RealScheduler& scheduler,
                                              const Manifest& manifest, const http::Url& base,
                                              const sandbox::World& world, std::uint64_t seed);

}  // namespace apilab::cli::checklist
