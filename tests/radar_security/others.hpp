#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::radar_security {

/// Where every API is that was configured; nothing else is to be asked.
inline constexpr std::string_view home = "http://sandbox.test";
/// Where a payload would like us to go.
inline constexpr std::string_view elsewhere = "http://169.254.169.254";

/// Everybody whom a radar calls: the sandbox's providers, as honest as they are told to be, and a
/// list of every origin that was asked.
class Others final : public runtime::Service {
public:
    enum class Mood : std::uint8_t {
        honest,
        /// Errors of every kind, which repeat all that was sent.
        echo,
        /// Leads to `elsewhere` with what was sent.
        redirect,
        /// Honest, but every link in it leads to `elsewhere`.
        lure,
    };

    Others(runtime::Scheduler& scheduler, sandbox::Sandbox& sandbox);

    /// `slack`, `google/token`, ...: the beginning of a path. The longest counts.
    void become(const std::string& place, Mood mood) { moods_[place] = mood; }
    [[nodiscard]] const std::set<std::string>& origins() const { return origins_; }
    /// What was sent to another origin than `home`, as text.
    [[nodiscard]] const std::string& sent_elsewhere() const { return sent_elsewhere_; }
    /// Access tokens that were given out.
    [[nodiscard]] const std::set<std::string>& tokens() const { return tokens_; }
    /// Requests by provider and mood: a test that nothing passed through proves nothing.
    [[nodiscard]] std::size_t asked(const std::string& provider, Mood mood) const;

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override;

private:
    [[nodiscard]] Mood mood_for(std::string_view path) const;
    [[nodiscard]] http::Response echo(const http::Request& request);
    void keep_token(const http::Response& answer);

    transport::LoopbackTransport way_;
    std::map<std::string, Mood> moods_;
    std::set<std::string> origins_;
    std::string sent_elsewhere_;
    std::set<std::string> tokens_;
    std::map<std::pair<std::string, Mood>, std::size_t> asked_;
    std::size_t echoes_ = 0;
};

}  // namespace apilab::radar_security
