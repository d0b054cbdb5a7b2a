#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/receiver.hpp"

namespace apilab::radar::internal {

/// The lines of a running radar: JSON objects, or for people. Each webhook with its sender's id and
/// its job's, each job with its own and its webhook's, each effect with its key, and their traces,
/// so that one thing can be followed through all of them. What it is told may hold anything:
/// control characters are escaped or replaced. The clock outlives it.
class RadarLog {
public:
    using Sink = std::function<void(std::string_view line)>;
    /// No sink: nothing is written.
    RadarLog(const Clock& clock, Sink sink, bool json)
        : clock_(clock), sink_(std::move(sink)), json_(json) {}

    using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    /// Fields with an empty value are left out. Level: `info`, `warn`, `error`.
    void say(std::string_view level, std::string_view event, Fields fields) const;

    void request(const work::ReceiverNews& news) const;
    void job(const work::JobNews& news) const;
    void effect(const work::Message& message, const work::MessageChange& change) const;

private:
    const Clock& clock_;
    Sink sink_;
    bool json_;
};

}  // namespace apilab::radar::internal
