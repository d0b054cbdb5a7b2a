#pragma once

#include "apilab/base/result.hpp"
#include "apilab/provider/github.hpp"
#include "apilab/radar/find_input.hpp"
#include "apilab/radar/lockfile.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::radar {

/// Reads the lockfile (or package.json) of a watched repository at its ref by GitHub's contents
/// API; of a version 1 lockfile also the package.json beside it, where there is one. A repository
/// that was renamed is followed; what did not change is not sent again where the client has a
/// cache.
///
/// Errors: those of the calls; a 404 names repository, file and ref and what may be the cause;
/// `too_large` beyond the lockfile's limits; those of `read_dependencies`, naming the file.
///
///     APILAB_CO_TRY(auto input, co_await read_repository(sources.github, watch));
[[nodiscard]] runtime::Task<Result<RadarInput>> read_repository(provider::GitHub github,
                                                                Watch watch,
                                                                LockfileLimits limits = {});

}  // namespace apilab::radar
