// The sandbox's side of its listeners: what befalls their connections goes into the journal.

#include "apilab/server/connection_watch.hpp"

#include <map>
#include <utility>

#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox {

namespace {

using server::HandshakePlan;

class ListenerWatch final : public server::ConnectionWatch {
public:
    ListenerWatch(Sandbox& sandbox, std::string name) : sandbox_(sandbox), name_(std::move(name)) {}

    void accepted(std::uint64_t connection, const std::string& peer) override {
        auto event = make(connection, ConnectionEvent::Kind::accepted);
        event.peer = peer;
        sandbox_.edit_journal().add_event(std::move(event));
    }

    HandshakePlan plan_handshake(std::uint64_t connection) override {
        if (sandbox_.run().stopped) {
            return {};
        }
        const auto decision = sandbox_.faults().decide_at(FaultWhat::Stage::handshake, {},
                                                          sandbox_.scheduler().now());
        if (!decision.fault) {
            return {};
        }
        struck_[connection] = decision.hits;
        const auto& what = decision.fault->what;
        return {.kind = what.close == ClosePoint::in_tls ? HandshakePlan::Kind::close
                                                         : HandshakePlan::Kind::stall,
                .stall_for = what.stall_for};
    }

    void handshaken(std::uint64_t connection, const server::HandshakeResult& result) override {
        auto event = make(connection, result.done ? ConnectionEvent::Kind::tls
                                                  : ConnectionEvent::Kind::tls_failed);
        event.version = result.version;
        event.server_name = result.server_name.substr(0, name_max);
        event.why = result.why;
        event.by_client = result.alert_by_peer;
        if (auto struck = struck_.extract(connection)) {
            event.faults = std::move(struck.mapped());
        }
        sandbox_.edit_journal().add_event(std::move(event));
    }

    void closed(std::uint64_t connection, const server::ConnectionEnd& end) override {
        struck_.erase(connection);
        auto event = make(connection, ConnectionEvent::Kind::closed);
        event.by_client = end.by == server::ConnectionEnd::By::peer;
        event.reset = end.how == server::ConnectionEnd::How::reset;
        event.requests = end.requests;
        sandbox_.edit_journal().add_event(std::move(event));
    }

private:
    static constexpr std::size_t name_max = 255;  // of a host; it comes from outside

    [[nodiscard]] ConnectionEvent make(std::uint64_t connection, ConnectionEvent::Kind kind) const {
        return {.connection = connection,
                .kind = kind,
                .at = sandbox_.scheduler().now(),
                .listener = name_};
    }

    Sandbox& sandbox_;
    std::string name_;
    // Handshakes under way that a fault struck.
    std::map<std::uint64_t, std::vector<FaultDecision::Hit>> struck_;
};

}  // namespace

std::shared_ptr<server::ConnectionWatch> Sandbox::watch_listener(std::string name) {
    return std::make_shared<ListenerWatch>(*this, std::move(name));
}

}  // namespace apilab::sandbox
