#pragma once

#include <boost/json/object.hpp>

#include "apilab/radar/service/internal/dashboard_api.hpp"
#include "apilab/work/store.hpp"

namespace apilab::radar::internal {

/// The last run of each watch by its name, as far as they can be read: at most 200, each with
/// `sources`: what they said, and as of when. A few seconds old at most.
[[nodiscard]] runtime::Task<Got<boost::json::object>> runs_of(DashboardContext* context);

[[nodiscard]] boost::json::object counts_object(const work::JobCounts& counts);
[[nodiscard]] boost::json::object counts_object(const work::MessageCounts& counts);

}  // namespace apilab::radar::internal
