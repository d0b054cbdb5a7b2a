#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

/// An `application/problem+json` document (RFC 9457). `place` is `pointer` or `parameter` with
/// `where` as its value; empty: neither.
[[nodiscard]] http::Response problem(int status, std::string_view title, std::string_view detail,
                                     std::string_view place = {}, std::string_view where = {});
/// 422 for an error with its pointer, 413 for one that is too large, else 500.
[[nodiscard]] http::Response problem_of(const Error& error);

[[nodiscard]] std::string fault_json(const FaultStatus& status);
[[nodiscard]] std::string faults_json(const FaultSet& faults, SteadyTime now);
/// Providers with their operations, fidelity cards, and how often each operation was asked for in
/// the rows that are kept.
[[nodiscard]] std::string services_json(const Sandbox& sandbox);
[[nodiscard]] std::string scenarios_json();
[[nodiscard]] std::string checks_json();
/// With `kills_ms` and `away_ms`: when the scenario kills the program under test, since it began.
[[nodiscard]] std::string run_json(const Sandbox& sandbox);
/// One flat object.
[[nodiscard]] std::string strings_json(
    const std::vector<std::pair<std::string, std::string>>& values);
[[nodiscard]] std::string numbers_json(const std::map<std::string, std::int64_t>& numbers);
/// Prometheus text format 0.0.4.
[[nodiscard]] std::string metrics_text(const Sandbox& sandbox);

}  // namespace apilab::sandbox::internal
