"""Short reports on three invented events, each by several desks; written for tests, no record of anything.

A topic has a background that its reader knows, a first report, rewrites of it that bring nothing new, and developments.
First line: headline. Every other line: one paragraph.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One event as it is told."""

    name: str
    query: str
    background: str
    first: str
    rewrites: tuple[str, ...]
    developments: tuple[str, ...]


DAM = Topic(
    name="dam",
    query="dam OR reservoir OR Velka",
    background="""Velka dam: what is known about the ageing barrier
The Velka dam was built in 1964 and holds back the largest reservoir in the Orlin valley.
Some 40,000 people live below it, most of them in the town of Brenna.
Engineers have warned for years that the spillway is too small for heavy rain.
The regional water board, which owns the dam, says that it is inspected every spring.
A repair plan worth 90 million crowns was put off twice for want of money.""",
    first="""Thousands told to leave homes below leaking Velka dam
Authorities in the Orlin valley ordered 6,000 residents of Brenna to leave their homes on Tuesday after a leak was found in the Velka dam.
The leak appeared at dawn on the western side of the dam, the water board said.
Its director, Marta Hlavac, said that water was being let out to bring the level down by three metres.
Buses took people to schools and a sports hall in Dolany.
No one has been hurt.
The army sent two helicopters and 200 soldiers to lay sandbags.""",
    rewrites=(
        """Evacuation under way as water seeps through dam in Orlin valley
Some 6,000 people in Brenna had to get out of their houses on Tuesday because the Velka dam is leaking.
Seepage was noticed early in the morning on its west flank, according to the operator.
The level of the reservoir is to be lowered by three metres, said Marta Hlavac, head of the water board.
Residents were brought by bus to Dolany, where schools and a gymnasium took them in.
There were no injuries.
Two hundred troops and two army helicopters are helping with sandbags.""",
        """Brenna emptied over fears for old dam
A leak in the sixty-year-old Velka dam has driven 6,000 inhabitants of Brenna from their homes.
Operators opened the gates so that the lake falls three metres, its chief said.
Shelter was found in schools in nearby Dolany.
Soldiers piled up sandbags while helicopters stood by.
So far nobody is reported injured.""",
    ),
    developments=(
        """Velka dam breaks, wave hits Brenna
The Velka dam gave way on Wednesday night and a wave of mud and water tore through the empty centre of Brenna.
At least 14 people who had refused to leave are missing, the fire brigade said.
The bridge at Lomnice was swept away and the railway to the capital is cut.
Prime Minister Ivo Sedlak called it the worst flood in a century and declared three days of mourning.
Power failed in 22 villages.""",
        """Prosecutors search offices of water board after Velka disaster
Prosecutors searched the offices of the regional water board on Friday and seized inspection records.
Two managers were arrested on suspicion of forging reports on the spillway.
Marta Hlavac resigned as director and said she had not known of the forgeries.
The opposition demanded an inquiry by parliament.""",
    ),
)

STRIKE = Topic(
    name="strike",
    query="dockers OR port OR Norhaven",
    background="""Norhaven: the port that feeds a country
Norhaven handles two thirds of the country's containers and employs 3,200 dockers.
Their union has been at odds with the operator, Seagate Terminals, since last year over automatic cranes.
The present pay agreement ends in December.
The government calls the port critical infrastructure and has often mediated.""",
    first="""Dockers at Norhaven walk out over cranes
Dockers at the port of Norhaven stopped work on Monday morning in protest against driverless cranes.
The union said that 2,900 of its members had joined the strike.
Its leader, Peter Osk, said that 800 jobs would be lost if the machines came.
Seagate Terminals called the walkout illegal and said it would go to court.
By noon 17 ships were waiting off the coast.""",
    rewrites=(
        """Work stops at Norhaven port as union fights automation
Port workers in Norhaven went on strike on Monday over plans for cranes without drivers.
According to the union about 2,900 dockers took part.
Eight hundred jobs are at stake, its head Peter Osk said.
The operator, Seagate Terminals, plans to sue, saying that the strike breaks the law.
Seventeen vessels lay at anchor outside the harbour by midday.""",
        """Ships queue as Norhaven strike begins
A strike against automatic cranes has shut the country's biggest port.
Seagate, which runs the terminals, says the action is unlawful and wants judges to end it.
The dockers' union fears for 800 jobs.
Seventeen ships could not be unloaded on the first day.""",
    ),
    developments=(
        """Court orders Norhaven dockers back to work
A labour court ruled on Thursday that the strike at Norhaven must end within 24 hours.
The union faces a fine of 500,000 crowns for each further day.
Peter Osk said that the union would appeal to the supreme court.
Judge Anna Lind found that the ballot had been held too late.""",
        """Supermarkets ration fruit as port stays shut
Two supermarket chains limited sales of bananas and citrus fruit on Saturday.
Carmaker Velo sent 4,500 workers home in Tarsk because parts were stuck on ships.
Economists of Nordbank put the damage at 60 million crowns a day.""",
    ),
)

TRIAL = Topic(
    name="trial",
    query="malaria OR vaccine",
    background="""The long road to a malaria vaccine for infants
Malaria kills a child every minute, most of them south of the Sahara.
The vaccine candidate MX-4 of the Lindqvist Institute protected three quarters of toddlers in an earlier study in Ghana.
A larger trial with 12,000 infants in Ghana, Malawi and Uganda began two years ago.
Regulators want proof that protection lasts at least a year.""",
    first="""Malaria vaccine halves deaths in large African trial
The vaccine MX-4 cut deaths from malaria among infants by 52 per cent in a trial in three African countries, researchers said on Tuesday.
Protection lasted 18 months after the third dose.
Side effects were mild; fever was the most common.
Grace Mensah, who led the study in Accra, called the result better than anybody had hoped for.
The Lindqvist Institute will ask regulators for approval in the autumn.""",
    rewrites=(
        """New jab cuts infant malaria deaths by half, study finds
Infants who were given the MX-4 vaccine were 52 per cent less likely to die of malaria, according to results published on Tuesday.
The effect held for a year and a half once three doses had been given.
Mostly mild reactions such as fever were seen.
The outcome exceeded all hopes, said Grace Mensah, head of the trial in Accra.
An application for approval is planned for autumn, the Lindqvist Institute said.""",
    ),
    developments=(
        """Trial of malaria vaccine halted after deaths in Malawi
The trial of the malaria vaccine MX-4 was suspended on Friday after three infants in Malawi died of heart inflammation.
Health minister Chisomo Banda ordered all remaining doses to be locked away.
An independent panel under Joseph Kateregga will look into the cases.
Shares of the maker Novarix fell by 31 per cent.""",
    ),
)

TOPICS = (DAM, STRIKE, TRIAL)
