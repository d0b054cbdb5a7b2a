#pragma once

#include <map>
#include <string>
#include <vector>

#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/record/recording.hpp"

namespace apilab::sandbox {

/// Serves a recording as a provider of its name, so that faults, journal and judge work on it.
///
/// Each method and path that was recorded is an operation (`get_users_1`). Of its exchanges the
/// ones with the same query and body are meant, else those with the same query, else any; they are
/// given in the order in which they were recorded, the last one again and again. What was not
/// recorded is a 404 problem document. Nothing is stateful: what a client creates is not there to
/// be listed.
class ReplayProvider final : public Provider {
public:
    explicit ReplayProvider(Recording recording);

    [[nodiscard]] std::string_view name() const override { return recording_.name; }
    [[nodiscard]] std::span<const Route> routes() const override { return routes_; }
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void reset() override { given_.clear(); }

private:
    Recording recording_;
    std::vector<Route> routes_;
    /// By operation, in the order of recording.
    std::map<std::string, std::vector<const RecordedExchange*>, std::less<>> exchanges_;
    /// How many were given, by operation and what distinguished them.
    std::map<std::string, std::size_t> given_;
};

}  // namespace apilab::sandbox
