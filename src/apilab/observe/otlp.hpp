#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apilab/observe/story.hpp"

namespace apilab::observe {

/// Who tells of the calls, as OpenTelemetry's resource has it.
struct OtlpResource {
    /// `service.name`.
    std::string service = "apilab";
    /// More of it, as texts: `deployment.environment.name`.
    std::vector<std::pair<std::string, std::string>> attributes = {};
};

/// Traces as OpenTelemetry's collectors take them: an `ExportTraceServiceRequest` of OTLP 1.x in
/// its JSON encoding (ids as hexadecimal, 64-bit numbers as texts, names in lowerCamelCase).
///
/// Of each story one span of kind INTERNAL for the call and below it one of kind CLIENT for each
/// attempt, with the attributes of the HTTP conventions; waits are events of the call's span. A
/// story that is in no trace is left out; whether a trace is sampled is the caller's business.
/// Texts have passed `Scrubber::of_process()`.
///
///     post("http://127.0.0.1:4318/v1/traces", otlp_traces(stories, {.service = "radar"}));
[[nodiscard]] std::string otlp_traces(std::span<const Story> stories,
                                      const OtlpResource& resource = {});

}  // namespace apilab::observe
