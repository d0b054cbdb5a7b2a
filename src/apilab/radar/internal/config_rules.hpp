#pragma once

#include "apilab/radar/internal/config_gather.hpp"
#include "apilab/radar/service/config_load.hpp"

namespace apilab::radar::internal {

/// What values say about each other, and what no single key's type can refuse: adds to the problems
/// and notes of `load`.
void check_config(const Config& config, const GivenConfig& given, ConfigLoad& load);

}  // namespace apilab::radar::internal
