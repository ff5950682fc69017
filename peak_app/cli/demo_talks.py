"""The words of the demonstration talks. Nobody said them."""

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["agent", "candidate"]

BACKEND = "Demo: Backend interviewer"
CAREER = "Demo: Career changer's coach"


@dataclass(frozen=True, slots=True)
class DemoTalk:
    """A meeting that was held. `script` has a paragraph for each turn, the agent's first.

    `words_per_minute` and `thinking_ms`, the time before an answer, are the candidate's.
    """

    title: str
    agent_name: str
    days_ago: int
    words_per_minute: int
    thinking_ms: int
    script: str

    @property
    def turns(self) -> list[str]:
        return [" ".join(paragraph.split()) for paragraph in self.script.strip().split("\n\n")]


TALKS = (
    DemoTalk(
        title="Demo: Backend interview, warm-up",
        agent_name=BACKEND,
        days_ago=41,
        words_per_minute=192,
        thinking_ms=2600,
        script="""
        Hello. Tell me about a system you built.

        Um, so, we had this thing for, you know, printing labels, and we basically rebuilt it. It was
        kind of a mess before. We changed a lot of it over the summer and then it was better, I mean,
        people were happier with it and nobody complained any more.

        What was your part in it?

        We all did a bit of everything, um, we sort of shared it between us, so it is hard to say.
        We talked about it every day and we decided most of it together in the team.

        How did you notice that it was slow?

        Well, uh, people told us. We looked at it and, you know, we saw that it was slow, and then we
        worked on that for a while until it was okay again for everybody.

        What did you change?

        We changed the way addresses are looked up, um, and some other things around that. We tried a
        few ideas, and one of them helped, so we kept it.

        Thank you. What would you do differently?

        Um, I would probably plan it better, you know, and write things down. We forgot a lot of what
        we had tried.
        """,
    ),
    DemoTalk(
        title="Demo: Why I leave teaching",
        agent_name=CAREER,
        days_ago=36,
        words_per_minute=128,
        thinking_ms=3400,
        script="""
        Hello. Why do you want to leave teaching?

        Um, it is a good question. I like it, but you know, it is always the same, and I sort of want
        something new where people work together more.

        What do you bring along?

        Well, we do a lot of planning at school, and we have to explain things, and um, we have to
        work with parents and with each other all the time.

        Can you give me an example of a time when you did that?

        Last year our school had a project week, and nobody had a plan for it. We met and we planned
        it together, um, and it was really nice. The children liked it, and in the end the parents
        came to see what we had made.

        What was your own part?

        I was in the group that planned it, you know, and we met a lot and we talked about what we
        could do and who does what.

        And what would you do in the first three months?

        Um, I would look around and learn how everything works, and then see where I can help.
        """,
    ),
    DemoTalk(
        title="Demo: Backend interview, first try",
        agent_name=BACKEND,
        days_ago=33,
        words_per_minute=178,
        thinking_ms=2200,
        script="""
        Welcome. Tell me about a system you built that you are proud of.

        I built the, um, the service that prints the labels for parcels. It was slow before, and we
        made it fast.

        What did slow and fast mean there, in numbers?

        A label took about two seconds, and you know, later it was more like two hundred
        milliseconds at the ninety-fifth percentile.

        How did you find out where the time went?

        We put traces around each step. Most of the time went into a lookup of the address that ran
        once for every parcel, so we asked for a hundred addresses at once.

        Tell me about a failure of that service.

        In December it stopped for forty minutes. The queue was full, because one carrier answered
        very slowly and every worker waited for it. I uh should have set a time limit for that call.

        What did you change afterwards?

        Each carrier has its own small pool of workers now, with a limit of five seconds. Since then
        one slow carrier delays only its own parcels.

        Thank you. Is there anything you would like to add?

        Only that the whole team wrote the review of that day, and nobody was blamed.
        """,
    ),
    DemoTalk(
        title="Demo: A queue that grew",
        agent_name=BACKEND,
        days_ago=24,
        words_per_minute=166,
        thinking_ms=1900,
        script="""
        Hello again. Tell me about a failure that you found yourself.

        In March our queue of parcels grew to ninety thousand in one night. I looked at the traces in
        the morning, um, and saw that every worker waited for the same row of the table of addresses.

        What did you do about it?

        I split the row by country, so that workers do not wait for each other. We tested it for two
        days, and then the queue was empty within twenty minutes.

        Why that, and not more workers?

        We talked about that. More workers would wait for the same row, you know.

        What came of it?

        The night runs take forty minutes now instead of six hours. I wrote a page about it for the
        people on call, and we put a number on the wall that shows the longest wait.

        What would you still like to improve?

        We should notice it earlier. Our alarm only looked at errors, and there were none.
        """,
    ),
    DemoTalk(
        title="Demo: From teaching to product management",
        agent_name=CAREER,
        days_ago=19,
        words_per_minute=139,
        thinking_ms=2100,
        script="""
        Hello. Why do you want to leave teaching?

        I don't want to leave people. I want to, like, build things that help more of them than one
        class.

        What do you bring along from school?

        I planned a year of lessons for thirty very different people and changed the plan every week
        by what I saw. I think that is what a roadmap is.

        That is a strong picture. What did you change because of what you saw?

        I noticed that nobody asked questions at the end. So I asked for them on paper in the
        middle. Questions went from two to eleven in a lesson, I counted them for a month.

        What will you do in your first three months?

        First I would sit with support for two weeks and write down each question. Then I would
        choose one small thing that is asked every day, and bring it to the end with the team.

        And what will be hard?

        To say no to a colleague. With pupils I was the one who decided. Here I have to explain.
        """,
    ),
    DemoTalk(
        title="Demo: Moving a database",
        agent_name=BACKEND,
        days_ago=15,
        words_per_minute=158,
        thinking_ms=1500,
        script="""
        Good morning. What is the largest change you led?

        I moved our tracking data from one database to five, two billion rows in all, while the
        service went on running. It took eleven weeks, because I wanted every step to have a way back.

        How did you make sure that nothing was lost?

        I let both systems write for three weeks and compared a sample of ten thousand parcels every
        hour. In the end we found four differences, all from one old program, which I fixed.

        What was hard?

        Reports read the old database at night. We asked each team what they need, and two of the
        reports were read by nobody, so we stopped them.

        What did it change for your customers?

        A parcel is found in eighty milliseconds instead of half a second. Since then support gets
        about a third fewer questions about late answers.

        What did you learn?

        To write down the way back before the way forward. I do that for every change now, also for
        small ones.
        """,
    ),
    DemoTalk(
        title="Demo: On call at night",
        agent_name=BACKEND,
        days_ago=9,
        words_per_minute=149,
        thinking_ms=1700,
        script="""
        Hello. Tell me about a night on call.

        In May the labels of one carrier came out empty at two in the morning. I saw that only new
        parcels were hit, so I switched that carrier back to the version of the week before, because
        labels on paper can't be taken back. After nine minutes they were right again.

        How did you know what to look at?

        I had a list of the last ten changes on one page, and only one of them touched labels. I
        proved it with two parcels by hand before I switched anything.

        And the next day?

        We found that a test had used a name without accents. I added thirty real names to it in
        order to see the same error, and it failed at once.

        What would your colleagues say about that night?

        They said that they could follow it, since I had written each step into the channel with the
        time. Two of them use the same list now.

        What do you still find hard?

        To go back to sleep. I hand over at six now, whatever happened.
        """,
    ),
    DemoTalk(
        title="Demo: Three months ahead",
        agent_name=CAREER,
        days_ago=8,
        words_per_minute=146,
        thinking_ms=1300,
        script="""
        Hello. What will you have done after three months?

        I will have answered two hundred questions of customers myself, and I will have brought one
        small change to its end. I know from school that a plan without contact is wrong by Friday.

        Tell me about a plan of yours that was wrong.

        Last year I planned a course in statistics for a class of thirty. After two weeks I noticed
        that nine of them had stopped working. I asked each of them for five minutes, and it turned
        out that they could not read the graphs. So I put a week of reading graphs before it, and in
        the end twenty-eight of thirty passed the exam.

        Why did you ask them one by one?

        Because in front of the class nobody says that they don't understand.

        What did your colleagues think?

        Two of them thought it would cost too much time. I showed them the results of the test in
        the third week, and they took the week of graphs over into their own courses.

        What will be hard for you?

        I tend to help before I have understood. I write down the question first now.
        """,
    ),
    DemoTalk(
        title="Demo: Backend interview, second try",
        agent_name=BACKEND,
        days_ago=3,
        words_per_minute=152,
        thinking_ms=1100,
        script="""
        Welcome back. Tell me about a system you built, with its numbers this time.

        I rebuilt the label service of a parcel company. It prints three million labels a day, and
        the slowest five in a hundred went from two seconds to two hundred milliseconds.

        What was the hardest decision?

        Not to write our own queue. We had a design and two people who wanted it. I compared the
        cost of running it for a year with the one we had, and the difference was about three months
        of work for nothing.

        How did you convince them?

        I asked them to list what the old queue could not do. There were two points, and both had a
        setting.

        Tell me about a failure.

        In December one carrier answered slowly and took all our workers with it. We were down for
        forty minutes. Now every carrier has its own pool and a limit of five seconds, and we test
        that every month.

        How do you test it?

        We let a false carrier answer after ten seconds in the real system, on a Tuesday morning,
        and watch that nothing else slows down.
        """,
    ),
    DemoTalk(
        title="Demo: What not to build",
        agent_name=BACKEND,
        days_ago=2,
        words_per_minute=147,
        thinking_ms=1200,
        script="""
        Welcome. Tell me about a decision not to build something.

        Last autumn sales wanted a page on which customers change an address after the label is
        printed. I had to say what it would cost. I counted the cases of a month, which were forty,
        and proposed a form for support instead, because a page would have cost us two months.

        How did sales take it?

        They were not happy at first. I showed them the forty cases one by one, and eleven of them
        were the same customer, so we called that customer together.

        What came of it?

        I built the form in four days. In the end there were nine cases a month instead of forty,
        since that customer corrected their own list of addresses.

        How do you decide such things in general?

        I write down who asks for it, how often, and what it costs to do it by hand for a month. If
        nobody wants to do it by hand for a month, it is not important enough.

        Is there one that you regret?

        Yes. In 2023 I said no to an export, and three teams wrote their own. I should have asked
        around, which takes an hour.
        """,
    ),
    DemoTalk(
        title="Demo: One story, told well",
        agent_name=CAREER,
        days_ago=1,
        words_per_minute=143,
        thinking_ms=1000,
        script="""
        Hello. Tell me one story in which you changed something that was not yours to change.

        In my second year our school lost the results of tests twice, because three offices kept
        their own lists. My task was only to teach mathematics. I offered to look at it, sat with each
        of the three secretaries for an hour, and drew on one page who writes what down and when. Then
        I built one shared list with them and tested it with two classes. As a result no test was lost
        in the four years since, and the secretaries save about three hours a week.

        Why did they let you do it?

        Because I asked what annoys them most before I proposed anything. Each of them had a
        different answer, and all three answers were about waiting for one of the others.

        What did you learn from it?

        I learned that the person who complains most often knows best. Since then I begin with that
        person, and I did the same when we chose new books.

        How would you use that as a product manager?

        I would find the ten customers who write to support most often, and spend a day with two of
        them in the first month, so that I see what they wait for.
        """,
    ),
)
"""The oldest first: some weeks with two agents, whose meetings are scored by different rubrics."""
