#pragma once

#include <map>
#include <string>
#include <string_view>

#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::effects {

/// Where a program does something visible because of an event: an invented API, so that the journal
/// knows what was done how often. No credentials.
///
/// `POST /effects` with `{"event": "<id>"}` and whatever else (`version`: what the event said of
/// its object's state): 201 with the effect's id, each time a new one. With `Idempotency-Key` the
/// same key and body get the first answer again, with `Idempotent-Replayed: true`, and nothing is
/// done; another body under a used key is 422. `GET /effects`: all of them.
class EffectsProvider final : public Provider {
public:
    [[nodiscard]] std::string_view name() const override { return "effects"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    void reset() override;

private:
    struct Kept {
        std::string body;
        std::string answer;
    };
    [[nodiscard]] http::Response create(const Incoming& incoming);

    std::vector<std::string> effects_;
    /// By idempotency key.
    std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace apilab::sandbox::effects
