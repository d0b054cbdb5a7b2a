#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::foreign {

/// Another origin, where a redirect leads that a client should not have trusted: it answers every
/// path and notes what arrived. Nothing real is copied.
///
/// Facts: `carried`, the names of header fields with credentials, separated by spaces and in lower
/// case (`authorization cookie`). `GET /hop/{n}` redirects on to itself, n times, then to
/// `/landing`.
class ForeignProvider final : public Provider {
public:
    [[nodiscard]] std::string_view name() const override { return "foreign"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    void reset() override;
    /// `foreign requests`, `foreign requests with credentials`.
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    std::int64_t requests_ = 0;
    std::int64_t with_credentials_ = 0;
};

}  // namespace apilab::sandbox::foreign
