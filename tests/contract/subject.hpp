#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::contract {

/// What the other side does with one request.
struct Behaviour {
    enum class Fault : std::uint8_t {
        none,
        reset_before,
        reset_in_head,
        reset_in_body,
        close_before,
        truncate,
        /// Reads the request and says nothing.
        silence,
        stall_in_head,
        stall_in_body,
        /// Answers in order and closes although keep-alive was promised.
        close_after,
    };
    http::Response response{200, "ok"};
    Fault fault = Fault::none;
};

/// One implementation of `Transport` with another side that does as it is told. The n-th request
/// gets the n-th behaviour, and the last one again after that.
class Subject {
public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    [[nodiscard]] virtual runtime::Scheduler& scheduler() = 0;
    [[nodiscard]] virtual transport::Transport& transport() = 0;
    [[nodiscard]] virtual http::Url url(std::string_view target) = 0;
    /// Requests that the other side has read.
    [[nodiscard]] virtual const std::vector<http::Request>& seen() const = 0;
    /// Connections and places of the pool in use, calls in line: nothing, when no call is under
    /// way.
    [[nodiscard]] virtual std::size_t in_use() = 0;
    /// Ends the transport before the other side.
    virtual void destroy_transport() = 0;

    /// Runs one ready handler of the loop. False where nothing was ready.
    bool step();
};

/// How to make one, and what of the contract it leaves out.
struct Implementation {
    std::string name;
    std::function<std::unique_ptr<Subject>(std::vector<Behaviour>)> make;
    /// It shows the wire: faults, headers as they go out, bytes.
    bool has_wire = true;
    /// A call takes several turns of the loop.
    bool has_sockets = true;
    /// Turns of the loop between the last byte of an answer and the end of the call. libcurl has
    /// timers and waits of its own to end first.
    int steps_after_the_answer = 1;
    friend std::ostream& operator<<(std::ostream& out, const Implementation& implementation) {
        return out << implementation.name;
    }
};

[[nodiscard]] Implementation asio_against_scripted_bytes();
[[nodiscard]] Implementation asio_against_our_server();
[[nodiscard]] Implementation asio_against_our_server_with_tls();
[[nodiscard]] Implementation curl_against_scripted_bytes();
[[nodiscard]] Implementation curl_against_our_server();
[[nodiscard]] Implementation curl_against_our_server_with_tls();
[[nodiscard]] Implementation loopback();
[[nodiscard]] Implementation scripted();

/// For `Subject::in_use`.
[[nodiscard]] inline std::size_t used(const transport::AsioTransport::Stats& stats) {
    return stats.connections - stats.idle + stats.waiting;
}
[[nodiscard]] inline std::size_t used(const transport::CurlTransport::Stats& stats) {
    return stats.calls;
}

/// For those that have a service on the other side.
[[nodiscard]] http::Response with_plan(const Behaviour& behaviour);

}  // namespace apilab::contract
