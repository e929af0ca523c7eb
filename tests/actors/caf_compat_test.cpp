/// What caf_compat.hpp promises, on the CAF that is installed.
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <caf/actor_system.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/caf_compat.hpp"
#if BYZGATE_CAF_STEPS
#include <caf/scheduler/test_coordinator.hpp>
#endif

namespace compat_test {

enum class colour : std::uint8_t { red, green };
enum class ticket : std::uint64_t {};

struct inner {
    ticket number{};
    std::string text;
};
struct outer {
    colour hue = colour::red;
    std::vector<inner> parts;
    std::array<std::uint8_t, 4> bytes{};
};
struct nothing {};
struct shared_note {
    std::shared_ptr<const std::string> text;
};

BYZGATE_INSPECT_ENUM(colour);
BYZGATE_INSPECT_ENUM(ticket);
BYZGATE_INSPECT(inner, number, text)
BYZGATE_INSPECT(outer, hue, parts, bytes)
BYZGATE_INSPECT(nothing)

} // namespace compat_test

CAF_BEGIN_TYPE_ID_BLOCK(compat_test, caf::first_custom_type_id + 500)
CAF_ADD_TYPE_ID(compat_test, (compat_test::inner))
CAF_ADD_TYPE_ID(compat_test, (compat_test::outer))
CAF_ADD_TYPE_ID(compat_test, (compat_test::nothing))
BYZGATE_ADD_LOCAL_TYPE(compat_test, (compat_test::shared_note))
CAF_ADD_ATOM(compat_test, compat_test, ask_atom, "ask")
CAF_END_TYPE_ID_BLOCK(compat_test)

namespace {

using namespace compat_test;
using namespace byzgate;
using namespace std::chrono_literals;

using config = caf_compat::basic_config<caf::id_block::compat_test>;

using counter_actor =
    caf_compat::typed_actor<void(outer), void(shared_note), std::size_t(ask_atom, nothing)>;

struct counter_state {
    std::size_t seen = 0;
};

counter_actor::behavior_type counter(counter_actor::stateful_pointer<counter_state> self) {
    return {
        [=](const outer& message) { caf_compat::state_of(self).seen += message.parts.size(); },
        [=](const shared_note& note) { caf_compat::state_of(self).seen += note.text->size(); },
        [=](ask_atom, const nothing&) { return caf_compat::state_of(self).seen; },
    };
}

#if BYZGATE_CAF_AT_LEAST(0, 18)
using byte_buffer = caf::byte_buffer;
#else
using byte_buffer = std::vector<char>;
#endif

/// Writes `x` with a serializer or reads it with a deserializer; whether that went well.
template <class Processor>
bool process(Processor& through, outer& x) {
#if BYZGATE_CAF_AT_LEAST(0, 18)
    return through.apply(x);
#else
    return !through(x);
#endif
}

outer example() {
    return {colour::green, {{ticket{7}, "seven"}, {ticket{~0ULL}, ""}}, {1, 2, 3, 255}};
}

std::size_t ask(caf::scoped_actor& self, const counter_actor& whom) {
    std::size_t answer = 0;
    caf_compat::request(self.operator->(), whom, 10s, ask_atom_v, nothing{})
        .receive([&](std::size_t seen) { answer = seen; },
                 [](const caf::error&) { FAIL("the counter did not answer"); });
    return answer;
}

} // namespace

TEST_CASE("what inspect describes survives writing and reading", "[threads]") {
    config how{caf_compat::scheduling::stealing, 2};
    caf::actor_system system{how};
    byte_buffer bytes;
    auto sent = example();
    caf::binary_serializer writer{system, bytes};
    REQUIRE(process(writer, sent));
    outer received;
    caf::binary_deserializer reader{system, bytes};
    REQUIRE(process(reader, received));
    CHECK(received.hue == colour::green);
    REQUIRE(received.parts.size() == 2);
    CHECK(received.parts[0].number == ticket{7});
    CHECK(received.parts[0].text == "seven");
    CHECK(received.parts[1].number == ticket{~0ULL});
    CHECK(received.bytes == sent.bytes);
}

TEST_CASE("a truncated message does not read", "[threads]") {
    config how{caf_compat::scheduling::stealing, 2};
    caf::actor_system system{how};
    byte_buffer bytes;
    auto sent = example();
    caf::binary_serializer writer{system, bytes};
    REQUIRE(process(writer, sent));
    bytes.pop_back();
    outer received;
    caf::binary_deserializer reader{system, bytes};
    CHECK_FALSE(process(reader, received));
}

TEST_CASE("a typed actor with state counts what the helpers send to it", "[threads]") {
    const auto policy = GENERATE(caf_compat::scheduling::stealing, caf_compat::scheduling::sharing);
    config how{policy, 2};
    caf::actor_system system{how};
    const auto whom = system.spawn(counter);
    caf::scoped_actor self{system};
    caf_compat::send(self.operator->(), whom, example());
    CHECK(ask(self, whom) == 2);
    caf_compat::anonymous_send(
        whom, shared_note{std::make_shared<const std::string>("shared, not copied")});
    CHECK(ask(self, whom) == 20);
}

TEST_CASE("the number of scheduler threads is the one asked for", "[threads]") {
    const std::size_t threads = GENERATE(1, 3);
    config how{caf_compat::scheduling::sharing, threads};
    caf::actor_system system{how};
#if BYZGATE_CAF_AT_LEAST(1, 0)
    CHECK(caf::get_or(caf::content(how), "caf.scheduler.max-threads", std::size_t{0}) == threads);
#else
    CHECK(system.scheduler().num_workers() == threads);
#endif
}

#if BYZGATE_CAF_STEPS
TEST_CASE("under the testing scheduler nothing happens until it is stepped") {
    config how{caf_compat::scheduling::testing, 1};
    caf::actor_system system{how};
    auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
    int seen = 0;
    {
        const auto listener = system.spawn([&seen](caf::event_based_actor*) -> caf::behavior {
            return {[&seen](ask_atom) { ++seen; }};
        });
        caf_compat::anonymous_send(listener, ask_atom_v);
        caf_compat::anonymous_send_after(listener, 5ms, ask_atom_v);
        CHECK(seen == 0);
        while (scheduler.try_run_once()) {
        }
        CHECK(seen == 1);
        CHECK(scheduler.advance_time(4ms) == 0);
        CHECK(scheduler.advance_time(1ms) == 1);
        scheduler.run();
        CHECK(seen == 2);
    }
    scheduler.run();
}
#endif
