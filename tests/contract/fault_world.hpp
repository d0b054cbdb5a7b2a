#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/internal/fake_name_server.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/proxy.hpp"
#include "apilab/transport/transport.hpp"
#include "behaving_service.hpp"

namespace apilab::contract {

/// What every transport with sockets can be told.
struct TransportSetup {
    std::string ca_pem;
    std::map<std::string, std::vector<std::string>> hosts;
    std::string name_servers;
    transport::ProxyOptions proxy;
    std::uint64_t body_bytes_max = 1'000'000;
};

/// Takes no connection: its queue holds one, and that one is there. The kernel drops whoever comes
/// next without a word.
class BlackHole {
public:
    explicit BlackHole(runtime::RealScheduler& scheduler);
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket first_;
};

/// The other side of a call, and the call.
struct World {
    explicit World(runtime::RealScheduler& on);

    runtime::RealScheduler& scheduler;
    TransportSetup setup;
    BehavingService service;
    std::unique_ptr<runtime::Service> planning;
    std::optional<server::Server> server;
    std::optional<transport::internal::RawPeer> peer;
    std::optional<transport::internal::FakeNameServer> names;
    std::optional<BlackHole> hole;

    std::string url;
    /// Of a POST: nothing is replayed.
    std::string body = "{}";
    /// All off; a fault turns on the one that has to end it.
    runtime::Timeouts timeouts;

    /// Replies by script, to http or https (TLS is not spoken, whatever the URL says).
    void raw(transport::internal::RawPeer::Reply reply, std::string_view scheme = "http");
    /// The proxy for https answers by script.
    void proxy(transport::internal::RawPeer::Reply reply);
    /// A good server with this certificate for `api.test`, whose authority is trusted.
    void tls(const server::CertificateOptions& certificate);
    /// The same, and nobody vouches for it.
    void self_signed();
    void names_say(bool nothing);
    /// A server whose answers follow a plan, with this body.
    void planned(http::WirePlan plan, std::string answer = "ok");

private:
    void serve(server::CertificateAndKey certificate);
};

/// What the other side has to be able to do for a fault to exist.
enum class Needs : std::uint8_t { sockets, tls, proxy, names };

struct Fault {
    std::string name;
    Needs needs;
    std::function<void(World&)> prepare;
    /// None: the answer is good, and its connection carries nothing more.
    std::optional<ErrorKind> kind;
    std::string detail;
    Outcome outcome = Outcome::unknown;
    /// With no kind: the connection goes on after all.
    bool keeps_connection = false;
};
[[nodiscard]] const std::vector<Fault>& all_faults();

/// A transport under test and what it holds.
class Tested {
public:
    Tested() = default;
    Tested(const Tested&) = delete;
    Tested& operator=(const Tested&) = delete;
    virtual ~Tested() = default;
    [[nodiscard]] virtual transport::Transport& transport() = 0;
    /// Places of the pool in use, calls in line.
    [[nodiscard]] virtual std::size_t in_use() = 0;
    /// Open, idle ones included.
    [[nodiscard]] virtual std::size_t connections() = 0;
};

struct TestedKind {
    std::string name;
    /// Null where none of the faults can exist; `lacks` says why.
    std::function<std::unique_ptr<Tested>(runtime::RealScheduler&, TransportSetup)> make;
    std::string lacks;
    /// Where it may say something else than the table, by the fault's name, and why.
    struct Instead {
        std::optional<ErrorKind> kind;
        std::string detail;
        Outcome outcome = Outcome::unknown;
        std::string why;
    };
    std::map<std::string, Instead> instead;

    friend std::ostream& operator<<(std::ostream& out, const TestedKind& kind) {
        return out << kind.name;
    }
};
[[nodiscard]] const std::vector<TestedKind>& all_transports();

}  // namespace apilab::contract
