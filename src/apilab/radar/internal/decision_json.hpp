#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apilab/radar/internal/kept_json.hpp"
#include "apilab/radar/report.hpp"

namespace apilab::radar::internal {

[[nodiscard]] boost::json::value text_or_null(const std::optional<std::string>& text);
[[nodiscard]] boost::json::array texts(const std::vector<std::string>& list);
/// As the report's JSON promises it.
[[nodiscard]] boost::json::object decision_object(const Decision& decision);
/// What `decision_object` wrote, and `level` where it stands there.
[[nodiscard]] Decision read_decision(const KeptJson& json);

}  // namespace apilab::radar::internal
