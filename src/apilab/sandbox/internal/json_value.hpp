#pragma once

#include <boost/json/value.hpp>

#include "apilab/http/json.hpp"

namespace apilab::sandbox {

/// A parsed view as a value that can be changed and written again. Numbers beyond 64 bits become
/// doubles; of duplicate keys the last one stays.
[[nodiscard]] boost::json::value to_value(http::Json from);

}  // namespace apilab::sandbox
