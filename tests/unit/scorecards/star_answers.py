"""Short answers labelled by hand: `{s|…}` situation, `{t|…}` task, `{a|…}` action, `{r|…}` result, outside: none.

The rules were tuned on `SEEN`. `HELD_OUT` was written before the rules and not looked at while they were made.
"""

import re
from dataclasses import dataclass, field

NAMES = {"s": "situation", "t": "task", "a": "action", "r": "result"}
_MARKED = re.compile(r"\{([star])\|([^}]*)\}")


@dataclass(frozen=True)
class Labelled:
    """An answer as it was said, and which of its words (start, end) belong to which part."""

    text: str
    spans: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def parts(self) -> set[str]:
        return {part for part, _, _ in self.spans}


def read(marked: str) -> Labelled:
    text, spans, at = "", [], 0
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        spans.append((NAMES[match[1]], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return Labelled(text + marked[at:], spans)


_SEEN = """
{s|Last year our tester and I disagreed about the release date.} {t|I was responsible for the release and had to decide by Friday.} {a|So I sat down with her and we went through every open bug together, and I moved two of them to the next version.} {r|In the end we shipped on time and she told me later that she felt heard.}
{s|I was working in a small bakery when the oven broke on a Saturday morning.} {a|I called the other shop in town and asked if we could use theirs, and I drove the bread over myself.} {r|We sold everything by noon.}
{s|At my last company we had about forty servers and no monitoring at all.} {t|My manager asked me to set something up in two weeks.} {a|I installed Prometheus, wrote exporters for our own services and built three dashboards.}
{a|I talked to the customer and listened for about ten minutes, and then I offered to replace the machine.} {r|She stayed with us and even ordered a second one.}
I think communication is the most important thing in a team, and I always try to be open and honest with everybody.
{s|In my second year at university we had a group project with five people and one of them never came.} {t|Our goal was to hand it in before Christmas.} {a|I wrote him a message and met him for coffee, and I split his part into smaller pieces.} {r|He finished two of them and we got a good grade.}
I don't know, I can't think of an example.
{s|There was this one sprint where the whole team was sick except me.} {t|I needed to keep the payment page running on my own.} {a|I stopped all new work, wrote a short list of what could break and checked it every morning.} {r|Nothing went down that week.}
I would first ask what the customer needs and then I would look for a solution with my team.
{s|When I started as a nurse on the night shift there was no handover sheet.} {a|I drew one on paper, tried it with two colleagues for a week and then printed it for everybody.} {r|Since then the handover takes ten minutes instead of thirty.}
{t|The task was to cut the cloud bill by a third.} {a|I went through every service, turned off what nobody used and moved the batch jobs to spot instances.} {r|As a result we paid forty percent less after three months.}
{s|We were in the middle of the Christmas season and the queue was full of angry calls.} {t|I was supposed to train two new people at the same time.} {a|So I put each of them next to me with a second headset and let them write the answers.}
{s|Two years ago I joined a team that released once a month.} {r|Now they release every day, and the number of incidents fell by half.}
{s|My grandmother was ill last spring and I lived with her for three months.} {t|I had to do the shopping, the cooking and my exams.} {a|I made a plan for each week and studied between five and seven in the morning.} {r|I passed all four exams and she recovered.}
{s|In my last job I work in a hotel in Spain and one guest was very angry because the room was dirty.} {a|I say sorry to him and I give him another room and I bring a small present.} {r|After that he was happy and he write a good review.}
{s|Our checkout had become slow, around nine seconds on a phone.} {a|We measured each step, found one query that took most of the time and added an index.} {r|The page went from nine seconds to three.}
My strengths are that I am reliable, I learn fast, and I like to work with other people.
{s|It was my first week as a team lead and two of my best developers were not talking to each other.} {t|My job was to get them to work on the same module.} {a|I talked to each of them alone, asked them to write down what they need, and set up a pairing hour.}
{a|I learned Go in two weekends by rewriting a small tool of ours.} {r|The tool has been in production for a year now.}
{s|The company had decided to close our office in Leeds.} {t|I had to tell twelve people.} {a|I prepared each talk, I told them one by one on the same day, and I helped them with their applications.} {r|Ten of them found a new job within three months.}
{s|Last summer I organised a football tournament for my village, and three days before it the field was under water.} {a|I rang the school in the next village and asked for their hall, and my brother made new posters.} {r|In the end two hundred people came.}
{s|We lost a big customer in March.} {r|What I learned is that you have to call people before they call you.}
{t|They wanted me to migrate the database without any downtime.} {a|I set up a replica, copied the tables at night and switched the traffic step by step.} {r|It worked out and nobody noticed.}
Yes, that happens quite often, it is normal in this kind of job, you just have to stay calm.
{s|Um so at my old job we had this, uh, this one client who kept calling every day,} {a|and I basically, you know, I set up a weekly call with them and I sent notes after each one} {r|and after that they stopped calling every day.}
{s|so there was a time when our printer broke before an exam} {t|and I had to get sixty copies somehow} {a|so I ran to the copy shop and I paid for it with my own money} {r|and in the end everybody had their paper}
Hmm. {s|Okay so my first internship, that was at a bank, and they had all these spreadsheets.} {t|They needed somebody to clean them up.} {a|What I did was I wrote a script, in Python, that read all the files and flagged the differences.} {r|It found around two hundred errors, and my boss showed it to the whole floor.}
{a|We did it together as a team.} {r|The result was good.}
I'm not sure. {s|I guess the time when my flatmate and I argued about cleaning.} {a|We just talked about it and made a list.} {r|It's fine now.}
{s|We were building a bridge out of paper, it was a competition, and our first one collapsed.} {a|So we looked at where it broke and I suggested triangles, and then we tested three of them.} {r|The last one held eleven kilos.}
{a|I just told him the truth.}
Honestly I don't have a great story for that. I like working alone more.
{s|My manager went on leave without telling anyone where the files are.} {a|I searched her notes, I phoned two suppliers, and I rebuilt the order list from the invoices.} {r|We only missed one delivery.} What I would do differently is ask earlier.
{s|The exam was in four weeks and I knew nothing about statistics.} {a|I did ten problems a day and I explained each of them to my sister,} {r|who now knows more about it than I do. I got an eighty five.}
{t|I was told to fire somebody, which I had never done.} {a|I asked HR what I may say and I practised it with a friend.} {r|The person thanked me for being direct, which surprised me.}
{s|Three colleagues quit in the same month.} {a|I made a list of everything they did, I crossed out a third of it and I trained the two new people myself.} {r|It took about half a year until we were back to normal.}
"""

_HELD_OUT = """
{s|Back in 2019 I worked for a charity that sends books to prisons.} {t|We had a backlog of four thousand letters and I was asked to bring it down.} {a|I sorted the letters by region, recruited eight students and gave each of them a shelf.} {r|By the summer the backlog was gone.}
{s|A colleague of mine kept interrupting people in meetings.} {a|I took him aside after one of them and told him what I had seen, and I suggested that we use a round.} {r|He was surprised, but from then on he let others finish.}
{s|Our app crashed for about ten percent of the users after an update.} {t|It was on me to find the reason before the weekend.} {a|I compared the crash reports, noticed that all of them came from one phone model and rolled the update back for it.} {r|Crashes dropped to almost zero the same evening.}
I usually write a list in the morning and do the most urgent things first, that works well for me.
{a|I asked the teacher for extra lessons, watched videos every evening and solved old papers.} {r|My grade went up from a D to a B.}
{s|During my internship the only person who knew the billing code left.} {t|Somebody had to take over, and it was me.} {a|I read the code for a week, wrote tests for the parts I understood and asked the accountants about the rest.}
{s|Three of us were running a food stall at a festival and the card reader stopped working.} {a|I wrote our bank details on a board and took down names, and I trusted people to pay later.} {r|All but two of them paid.}
Well, it depends, you know, if the boss says no then it is no, and I accept that.
{t|My goal was to sell twenty subscriptions in my first month.} {a|I called old contacts, visited five companies a week and wrote down every objection.} {r|I ended up with twenty six.}
{s|The hospital I worked at had just moved to a new computer system and nobody trusted it.} {t|I was in charge of training the ward.} {a|I made cards with the five most common steps and stayed two hours longer on the first days.} {r|After a month the paper forms were gone.}
{s|I had a professor who did not like my thesis topic at all.} {a|I collected three papers on it, met her twice and showed her the first results.} {r|She agreed, and the thesis won a prize.}
{s|In the last project the requirements changed every week.} That was really hard for everybody.
{s|One evening the alarm went off in the server room and I was the only one in the building.} {a|I switched the cooling to the backup, opened the doors and phoned the technician.} {r|We did not lose a single machine.}
I am a very curious person. I read a lot, and I love it when things get complicated.
{s|We had no budget for marketing.} {t|We still needed a thousand users by spring.} {a|We wrote a newsletter, spoke at two meetups and gave the product away to schools.} {r|We reached eleven hundred in April.}
{s|My team was split between Lisbon and Toronto, and decisions took days.} {a|I introduced a short written update every evening and moved our meeting to the one hour when both were awake.}
{s|At school I was terrified of speaking in front of people.} {a|I joined the debating club and made myself speak every week.} {r|Last month I gave the closing speech at a conference.}
{t|I needed to convince our finance director to pay for a second warehouse.} {a|I calculated what the late parcels cost us and showed him the numbers for three cities.} {r|He signed it within a week, and delivery times are down by two days.}
No idea, sorry. Can we take the next question?
{s|When I was seventeen I coached the under tens in my swimming club.} {t|They were supposed to compete after only six weeks.} {a|I turned the training into games and asked the parents to come on Saturdays.} {r|Everybody finished the race, and four of them are still swimming today.}
"""

SEEN = [read(line) for line in _SEEN.strip().splitlines()]
HELD_OUT = [read(line) for line in _HELD_OUT.strip().splitlines()]
